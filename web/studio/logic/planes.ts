/** Rugs and pictures: rectangles in the metres of a plane, seen through its homography. */

import { depthOf, inverse, through } from "./homography";
import type { Flat, Matrix, Plane, Point, Quad, RoomFacts, Surface } from "./types";

const SURE = 0.2; // confidence below which a plane is not drawn by

/** The floor of the analysis, or that of a level camera where it is not sure. */
export function floorOf(facts: RoomFacts): Plane {
  const found = facts.planes.find((plane) => plane.name === "floor");
  if (found !== undefined && found.confidence >= SURE) return found;
  const { width, height, horizon, focal, cameraHeight } = facts;
  const toImage = [
    [focal, width / 2, 0],
    [0, horizon, focal * cameraHeight],
    [0, 1, 0],
  ];
  const outline: Point[] = [[0, horizon + 0.1 * height], [width, horizon + 0.1 * height], [width, height], [0, height]];
  return { name: "floor", confidence: 0, toImage, outline: found?.outline ?? outline };
}

/** The wall that shows at a pixel, or the one nearest to it; a plain one where none is known. */
export function wallAt(facts: RoomFacts, pixel: Point): Plane {
  const walls = facts.planes.filter((plane) => plane.name.includes("wall") && plane.confidence >= SURE);
  const there = walls.find((wall) => inside(pixel, wall.outline));
  return there ?? nearest(walls, pixel) ?? plainWall(facts);
}

export function planeOf(facts: RoomFacts, name: string): Plane {
  if (name === "floor") return floorOf(facts);
  return facts.planes.find((plane) => plane.name === name) ?? plainWall(facts);
}

/** A wall straight ahead, four camera heights away: metres are as many pixels everywhere. */
export function plainWall(facts: RoomFacts): Plane {
  const scale = facts.focal / (4 * facts.cameraHeight);
  const toImage = [
    [scale, 0, facts.width / 2],
    [0, scale, facts.horizon],
    [0, 0, 1],
  ];
  const { width, height } = facts;
  return { name: "plain wall", confidence: 0, toImage, outline: [[0, 0], [width, 0], [width, height], [0, height]] };
}

/** Metres on the plane of what is seen at a pixel; null beyond its horizon. */
export function pointOn(plane: Plane, pixel: Point): Point | null {
  const back = inverse(plane.toImage);
  return back === null ? null : through(back, pixel);
}

/** The corners of a flat product of `aspect` = width / height; null where it leaves the view. */
export function quadOf(flat: Flat, aspect: number, facts: RoomFacts): Quad | null {
  const plane = planeOf(facts, flat.plane);
  const [right, down] = directions(plane.toImage, [flat.u, flat.v]);
  const w = (flat.width / 2) * right;
  const h = (flat.width / aspect / 2) * down;
  const corners: Point[] = [
    [flat.u - w, flat.v - h],
    [flat.u + w, flat.v - h],
    [flat.u + w, flat.v + h],
    [flat.u - w, flat.v + h],
  ];
  const here = Math.sign(depthOf(plane.toImage, [flat.u, flat.v]));
  const seen = corners.map((corner) =>
    depthOf(plane.toImage, corner) * here > 0.02 ? through(plane.toImage, corner) : null,
  );
  const [a, b, c, d] = seen;
  return a && b && c && d ? [a, b, c, d] : null;
}

/** The product moved so that its centre is seen at `pixel`; a picture changes walls. */
export function movedTo(flat: Flat, pixel: Point, surface: Surface, facts: RoomFacts): Flat {
  const plane = surface === "rug" ? floorOf(facts) : wallAt(facts, pixel);
  const lowest: Point = surface === "rug" ? [pixel[0], Math.max(pixel[1], facts.horizon + 0.06 * facts.height)] : pixel;
  const found = pointOn(plane, lowest);
  if (found === null) return flat;
  return { ...flat, plane: plane.name, u: found[0], v: found[1] };
}

/** Where the centre is seen. */
export function centreOf(flat: Flat, facts: RoomFacts): Point | null {
  return through(planeOf(facts, flat.plane).toImage, [flat.u, flat.v]);
}

export function inside([x, y]: Point, polygon: readonly Point[]): boolean {
  let odd = false;
  polygon.forEach(([x0, y0], index) => {
    const [x1, y1] = polygon[(index + 1) % polygon.length] as Point;
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) odd = !odd;
  });
  return odd;
}

export function middleOf(polygon: readonly Point[]): Point {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}

/** Which way along each axis of the plane is right and down in the picture. */
function directions(m: Matrix, [u, v]: Point): readonly [number, number] {
  const step = 0.05;
  const centre = through(m, [u, v]);
  const across = through(m, [u + step, v]);
  const along = through(m, [u, v + step]);
  if (centre === null || across === null || along === null) return [1, 1];
  return [across[0] >= centre[0] ? 1 : -1, along[1] >= centre[1] ? 1 : -1];
}

function nearest(planes: readonly Plane[], [x, y]: Point): Plane | undefined {
  const away = (plane: Plane) => {
    const [mx, my] = middleOf(plane.outline);
    return Math.hypot(mx - x, my - y);
  };
  return [...planes].sort((one, other) => away(one) - away(other))[0];
}
