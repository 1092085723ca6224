import { expect, it } from "vitest";

import { changesBetween } from "./changes";

const picture = (...values: number[]) => ({ data: Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255])), width: values.length, height: 1 });

it("marks every pixel that differs, the stronger the more", () => {
  const { overlay, changed, same } = changesBetween(picture(10, 10, 10), picture(10, 11, 200));
  expect([changed, same]).toEqual([2, 1]);
  expect(overlay[7]).toBeLessThan(overlay[11] as number);
});

it("takes a lossy format's noise for none", () => {
  expect(changesBetween(picture(10, 10), picture(14, 90), 8).changed).toBe(1);
});
