/** How hands and keys change the selected product's place. */

import { cornersOf } from "../logic/places";
import { moved, resized } from "../logic/perspective";
import { centreOf, movedTo } from "../logic/planes";
import type { Place, Quad, RoomFacts } from "../logic/types";
import { aspectOf } from "./cutouts";
import type { Product } from "./document.svelte";

export function quadNow(product: Product, facts: RoomFacts): Quad | null {
  return cornersOf(product.place, aspectOf(product.cutout), facts, product.surface === "ceiling");
}

/** The place after a move by (dx, dy) pixels of the photo. */
export function placeMoved(product: Product, from: Place, dx: number, dy: number, facts: RoomFacts): Place {
  if (from.how === "upright") return moved(from, dx, dy, product.surface, facts);
  const centre = centreOf(from, facts);
  if (centre === null) return from;
  const next = movedTo(from, [centre[0] + dx, centre[1] + dy], product.surface, facts);
  const seen = cornersOf(next, aspectOf(product.cutout), facts);
  return seen === null || isHuge(seen, facts) ? from : next;
}

export function placeResized(product: Product, from: Place, factor: number, facts: RoomFacts): Place {
  if (from.how === "upright") return resized(from, factor, facts);
  const next = { ...from, width: Math.min(Math.max(from.width * factor, 0.1), 12) };
  const seen = cornersOf(next, aspectOf(product.cutout), facts);
  return seen === null || isHuge(seen, facts) ? from : next;
}

/** How the selected product grows: about its foot, its top or its centre. */
export function growsAbout(product: Product): "foot" | "top" | "centre" {
  if (product.place.how === "flat") return "centre";
  return product.surface === "ceiling" ? "top" : "foot";
}

function isHuge(quad: Quad, { width, height }: RoomFacts): boolean {
  return quad.some(([x, y]) => Math.abs(x - width / 2) > 2.5 * width || Math.abs(y - height / 2) > 2.5 * height);
}
