import { unzlibSync, zlibSync } from "fflate";
import { expect, it } from "vitest";

import { maskFile } from "./maskfile";
import type { Point } from "./types";

/** Rows of a one-bit PNG, as # and . */
function rowsOf(file: Uint8Array): string[] {
  const view = new DataView(file.buffer);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const length = view.getUint32(33);
  const data = unzlibSync(file.slice(41, 41 + length));
  const stride = 1 + Math.ceil(width / 8);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => ((data[y * stride + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7)) ? "#" : ".")).join(""),
  );
}
const drawn = (outline: Point[]) => rowsOf(maskFile({ width: 10, height: 4 }, outline, (data) => zlibSync(data)));

it("fills a box to the pixel", () => {
  expect(drawn([[2, 1], [9, 1], [9, 3], [2, 3]])).toEqual(["..........", "..#######.", "..#######.", ".........."]);
});

it("fills what is in view of an outline that reaches out of it", () => {
  expect(drawn([[-5, 2], [50, 2], [50, 90], [-5, 90]])).toEqual(["..........", "..........", "##########", "##########"]);
});

it("follows slanted sides", () => {
  expect(drawn([[4, 0], [6, 0], [10, 4], [0, 4]])).toEqual(["...###....", "..#####...", ".#######..", "#########."]);
});
