/** Where products are put: the first place, by the server's answer or by the floor alone. */

import { floorOf, inside, middleOf, plainWall, pointOn, quadOf, wallAt } from "./planes";
import { moved, pixelsTall } from "./perspective";
import type { Flat, Place, Point, Quad, RoomFacts, Surface, Upright } from "./types";

const USUAL_METRES = 0.9;

/** The corners of a product `aspect` = width / height at a place; null out of view. */
export function cornersOf(place: Place, aspect: number, facts: RoomFacts, hangs = false): Quad | null {
  if (place.how === "flat") return quadOf(place, aspect, facts);
  const half = (place.height * aspect) / 2;
  const top = hangs ? place.y : place.y - place.height;
  const bottom = top + place.height;
  const [left, right] = [place.x - half, place.x + half];
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** The place that corners of the server's answer are. */
export function placeOf(corners: readonly Point[], surface: Surface, facts: RoomFacts): Place | null {
  const [a, b, c, d] = corners;
  if (!a || !b || !c || !d) return null;
  if (surface === "rug" || surface === "wall") return flatOf([a, b, c, d], surface, facts);
  const bottom = (c[1] + d[1]) / 2;
  const top = (a[1] + b[1]) / 2;
  return { how: "upright", x: (a[0] + b[0] + c[0] + d[0]) / 4, y: surface === "ceiling" ? top : bottom, height: bottom - top };
}

function flatOf([a, b, c, d]: Quad, surface: Surface, facts: RoomFacts): Flat | null {
  const centre = crossing(a, c, b, d) ?? middleOf([a, b, c, d]);
  const plane = surface === "rug" ? floorOf(facts) : wallAt(facts, centre);
  const found = pointOn(plane, centre);
  const sides = [pointOn(plane, a), pointOn(plane, b), pointOn(plane, c), pointOn(plane, d)];
  if (found === null || sides.some((side) => side === null)) return null;
  const [pa, pb, pc, pd] = sides as Point[] as [Point, Point, Point, Point];
  const width = (Math.hypot(pb[0] - pa[0], pb[1] - pa[1]) + Math.hypot(pc[0] - pd[0], pc[1] - pd[1])) / 2;
  return { how: "flat", plane: plane.name, u: found[0], v: found[1], width };
}

/** In the middle of the floor or the wall, at a usual size. */
export function middlePlace(surface: Surface, aspect: number, facts: RoomFacts): Place {
  if (surface === "rug" || surface === "wall") {
    const target: Point = surface === "wall" ? [facts.width / 2, facts.horizon * 0.75] : middleOf(floorOf(facts).outline);
    const plane = surface === "rug" ? floorOf(facts) : wallAt(facts, target);
    const found = pointOn(plane, target) ?? pointOn(plainWall(facts), target) ?? [0, 0];
    return { how: "flat", plane: plane.name, u: found[0], v: found[1], width: surface === "rug" ? 1.6 : 0.7 };
  }
  if (surface === "ceiling") return { how: "upright", x: facts.width / 2, y: 0, height: 0.25 * facts.height };
  return onFloor(aspect, facts);
}

function onFloor(aspect: number, facts: RoomFacts): Upright {
  const [x, y] = middleOf(floorOf(facts).outline);
  const tall = pixelsTall(USUAL_METRES, y, facts);
  const height = Math.min(tall, (0.6 * facts.width) / aspect, 0.7 * facts.height);
  return { how: "upright", x, y, height };
}

const STEPS = 24; // places tried along the floor, at each of
const ROWS = [0, 0.12, 0.25, 0.4]; // shares of the way from its row down to the photo's edge

/** The place moved along the floor, as little as will do, so that it hides nobody and is not hidden. */
export function clearOf(place: Place, aspect: number, surface: Surface, others: readonly Quad[], facts: RoomFacts): Place {
  if (place.how !== "upright" || surface !== "floor" || others.length === 0) return place;
  const ground = floorOf(facts).outline;
  const tried = ROWS.flatMap((share) =>
    Array.from({ length: STEPS + 1 }, (_, step) => {
      const dy = share * (facts.height - place.y);
      return moved(place, (step / STEPS) * facts.width - place.x, dy, surface, facts);
    }),
  );
  const cost = (each: Upright): number => {
    const quad = cornersOf(each, aspect, facts) as Quad;
    const [[left], [right]] = quad;
    const out = Math.max(0, -left, right - facts.width) / (right - left);
    const hidden = others.reduce((sum, other) => sum + shared(quad, other), 0);
    const away = Math.hypot(each.x - place.x, each.y - place.y) / facts.width;
    return 4 * hidden + 4 * out + away + (inside([each.x, each.y], ground) ? 0 : 2);
  };
  return [place, ...tried].reduce((best, each) => (cost(each) < cost(best) ? each : best));
}

/** The part of the smaller of two boxes that the other covers. */
function shared(one: Quad, other: Quad): number {
  const [a, b] = [boundsOf(one), boundsOf(other)];
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const area = ({ left, right, top, bottom }: typeof a) => (right - left) * (bottom - top);
  return width <= 0 || height <= 0 ? 0 : (width * height) / Math.min(area(a), area(b));
}

function boundsOf(quad: Quad): { left: number; right: number; top: number; bottom: number } {
  const xs = quad.map(([x]) => x);
  const ys = quad.map(([, y]) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** The same product on another surface, near where it was. */
export function carriedBy(surface: Surface, corners: Quad | null, aspect: number, facts: RoomFacts): Place {
  if (corners === null) return middlePlace(surface, aspect, facts);
  const [cx, cy] = middleOf(corners);
  if (surface === "rug" || surface === "wall") {
    const row = surface === "rug" ? Math.max(...corners.map(([, y]) => y)) : Math.min(cy, facts.horizon * 0.9);
    const plane = surface === "rug" ? floorOf(facts) : wallAt(facts, [cx, row]);
    const found = pointOn(plane, [cx, row]);
    if (found === null) return middlePlace(surface, aspect, facts);
    return { how: "flat", plane: plane.name, u: found[0], v: found[1], width: surface === "rug" ? 1.6 : 0.7 };
  }
  if (surface === "ceiling") return { how: "upright", x: cx, y: 0, height: 0.25 * facts.height };
  const bottom = Math.max(...corners.map(([, y]) => y), facts.horizon + 0.1 * facts.height);
  return { how: "upright", x: cx, y: bottom, height: pixelsTall(surface === "table" ? 0.35 : USUAL_METRES, bottom, facts) };
}

/** Where the lines a-b and c-d meet. */
function crossing(a: Point, b: Point, c: Point, d: Point): Point | null {
  const [rx, ry] = [b[0] - a[0], b[1] - a[1]];
  const [sx, sy] = [d[0] - c[0], d[1] - c[1]];
  const area = rx * sy - ry * sx;
  if (Math.abs(area) < 1e-9) return null;
  const t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / area;
  return [a[0] + t * rx, a[1] + t * ry];
}
