/** How large things look that stand on the floor, by the row of their foot and the horizon. */

import type { RoomFacts, Surface, Upright } from "./types";

const NEAREST_HORIZON = 0.04; // of the photo's height: nothing stands farther away than that
const LEAST_HEIGHT = 12; // pixels

/** Rows between the horizon and a foot, never so few that sizes explode. */
export function fall(row: number, facts: RoomFacts): number {
  return Math.max(row - facts.horizon, NEAREST_HORIZON * facts.height);
}

/** Whether the product's size follows the row that it stands at. */
export function followsFloor(surface: Surface): boolean {
  return surface === "floor" || surface === "table";
}

/** The product moved by (dx, dy) pixels, at the size that it has there. */
export function moved(
  place: Upright,
  dx: number,
  dy: number,
  surface: Surface,
  facts: RoomFacts,
): Upright {
  const lowest = surface === "wall" || surface === "ceiling" ? 0 : highestFoot(surface, facts);
  const x = clamp(place.x + dx, 0, facts.width);
  const y = clamp(place.y + dy, lowest, facts.height * 1.15);
  if (!followsFloor(surface)) return { ...place, x, y };
  return { ...place, x, y, height: place.height * (fall(y, facts) / fall(place.y, facts)) };
}

/** The product made larger or smaller, its foot staying where it is. */
export function resized(place: Upright, factor: number, facts: RoomFacts): Upright {
  const height = clamp(place.height * factor, LEAST_HEIGHT, facts.height * 1.5);
  return { ...place, height };
}

/** Pixels that `metres` are tall at a foot's row. */
export function pixelsTall(metres: number, row: number, facts: RoomFacts): number {
  return (metres / facts.cameraHeight) * fall(row, facts);
}

/** About how tall a standing product is, in metres. */
export function metresTall(place: Upright, facts: RoomFacts): number {
  return (place.height / fall(place.y, facts)) * facts.cameraHeight;
}

function highestFoot(surface: Surface, facts: RoomFacts): number {
  return surface === "floor" ? facts.horizon + NEAREST_HORIZON * facts.height : 0;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
