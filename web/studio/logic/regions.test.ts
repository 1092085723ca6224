import { expect, it } from "vitest";

import { boxOf, isKept, partAt, withPart } from "./regions";

const rows = ["..##....", "..##..##", "......##", "###....."];
const size = { width: 8, height: 4 };
const alpha = Uint8Array.from(rows.join(""), (each) => (each === "#" ? 255 : 0));
const drawn = (part: Uint8Array) => rows.map((_, y) => [...part.slice(8 * y, 8 * y + 8)].map((each) => (each ? "#" : ".")).join(""));

it("finds the part that hangs together, and no other", () => {
  expect(drawn(partAt(alpha, size, [6.5, 2.2]) as Uint8Array)).toEqual(["........", "......##", "......##", "........"]);
  expect(partAt(alpha, size, [0, 0])).toBeNull();
  expect(partAt(alpha, size, [80, 0])).toBeNull();
});

it("fills round corners and holes like any flood", () => {
  const ring = Uint8Array.from("#####" + "#...#" + "#.#.#" + "#...#" + "#####", (each) => (each === "#" ? 255 : 0));
  const part = partAt(ring, { width: 5, height: 5 }, [0, 4]) as Uint8Array;
  expect(part.reduce((sum, each) => sum + each, 0)).toBe(16);
});

it("drops a part and brings it back as it was", () => {
  const part = partAt(alpha, size, [2, 0]) as Uint8Array;
  const without = withPart(alpha, part, null);
  expect(isKept(alpha, part)).toBe(true);
  expect(isKept(without, part)).toBe(false);
  expect(withPart(without, part, alpha)).toEqual(alpha);
});

it("boxes what is opaque", () => {
  expect(boxOf(alpha, size)).toEqual([0, 0, 8, 4]);
  expect(boxOf(new Uint8Array(32), size)).toBeNull();
});
