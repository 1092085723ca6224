import { describe, expect, it } from "vitest";

import { inverse, ofSquare, through, times } from "./homography";
import { centreOf, floorOf, inside, movedTo, quadOf, wallAt } from "./planes";
import { carriedBy, clearOf, cornersOf, middlePlace, placeOf } from "./places";
import type { Flat, Plane, Point, Quad, RoomFacts } from "./types";

const wall: Plane = {
  name: "back wall",
  confidence: 0.9,
  toImage: [[200, 0, 750], [0, -200, 500], [0, 0, 1]], // its v goes up
  outline: [[100, 50], [1400, 50], [1400, 600], [100, 600]],
};
const facts: RoomFacts = { width: 1500, height: 1000, horizon: 400, focal: 1200, cameraHeight: 1.25, planes: [wall], warnings: [] };

describe("homographies", () => {
  const quad: Quad = [[100, 120], [420, 90], [500, 400], [60, 380]];
  it("take the corners of the square to the quad", () => {
    const map = ofSquare(quad);
    const corners: Point[] = [[0, 0], [1, 0], [1, 1], [0, 1]];
    corners.forEach((corner, index) => {
      const [x, y] = through(map, corner) as Point;
      expect(x).toBeCloseTo((quad[index] as Point)[0]);
      expect(y).toBeCloseTo((quad[index] as Point)[1]);
    });
  });
  it("are undone by their inverse", () => {
    const map = ofSquare(quad);
    times(map, inverse(map) ?? []).forEach((row, r) => row.forEach((value, c) => expect(value).toBeCloseTo(r === c ? 1 : 0)));
  });
});

describe("a rug", () => {
  const rug: Flat = { how: "flat", plane: "floor", u: 0, v: 3, width: 2 };
  it("is narrower at its far side, which is nearer to the horizon", () => {
    const [a, b, c, d] = quadOf(rug, 1.5, facts) as Quad;
    expect(b[0] - a[0]).toBeLessThan(c[0] - d[0]);
    expect(a[1]).toBeLessThan(d[1]);
    expect(a[1]).toBeGreaterThan(facts.horizon);
  });
  it("goes where it is dragged and keeps its size in metres", () => {
    const next = movedTo(rug, [900, 850], "rug", facts);
    const [x, y] = centreOf(next, facts) as Point;
    expect([x, y]).toEqual([expect.closeTo(900), expect.closeTo(850)]);
    expect(next.width).toBe(2);
  });
  it("stays below the horizon when it is dragged up the wall", () => {
    const [, y] = centreOf(movedTo(rug, [900, 10], "rug", facts), facts) as Point;
    expect(y).toBeGreaterThan(facts.horizon);
  });
  it("is found again from the corners that the server answers", () => {
    const found = placeOf(quadOf(rug, 1.5, facts) as Quad, "rug", facts) as Flat;
    expect(found.u).toBeCloseTo(rug.u);
    expect(found.v).toBeCloseTo(rug.v);
    expect(found.width).toBeCloseTo(rug.width);
  });
});

describe("a picture", () => {
  it("hangs on the wall under it, upright however the wall's axes run", () => {
    const place = carriedBy("wall", [[700, 200], [800, 200], [800, 300], [700, 300]], 2, facts) as Flat;
    expect(place.plane).toBe("back wall");
    const [a, b, , d] = quadOf(place, 2, facts) as Quad;
    expect(a[1]).toBeLessThan(d[1]);
    expect(a[0]).toBeLessThan(b[0]);
  });
  it("hangs on a plain wall where none is known", () => {
    expect(wallAt({ ...facts, planes: [] }, [10, 10]).name).toBe("plain wall");
  });
});

it("an unsure floor is that of a level camera", () => {
  const unsure = { ...facts, planes: [{ ...wall, name: "floor", confidence: 0.01 }] };
  expect(floorOf(unsure).confidence).toBe(0);
});

it("a first place stands on the floor, within the picture", () => {
  for (const surface of ["floor", "rug", "wall", "table", "ceiling"] as const) {
    const quad = cornersOf(middlePlace(surface, 1.6, facts), 1.6, facts, surface === "ceiling") as Quad;
    expect(quad.every(([x, y]) => x >= 0 && x <= 1500 && y >= -1 && y <= 1001)).toBe(true);
  }
});

it("a second product is put beside the first one, on the floor", () => {
  const first = middlePlace("floor", 1.6, facts);
  const taken = cornersOf(first, 1.6, facts) as Quad;
  const second = cornersOf(clearOf(first, 0.6, "floor", [taken], facts), 0.6, facts) as Quad;
  expect(second[1][0] <= taken[0][0] + 1 || second[0][0] >= taken[1][0] - 1).toBe(true);
  expect(clearOf(first, 1.6, "floor", [], facts)).toBe(first);
});

it("knows what is inside of an outline", () => {
  expect(inside([500, 300], wall.outline)).toBe(true);
  expect(inside([500, 700], wall.outline)).toBe(false);
});
