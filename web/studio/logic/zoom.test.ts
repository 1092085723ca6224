import { expect, it } from "vitest";

import { fitted, panned, zoomed } from "./zoom";

const picture = { width: 2000, height: 1000 };
const frame = { width: 1000, height: 800 };

it("shows the whole picture in the middle at first", () => {
  expect(fitted(picture, frame)).toEqual({ scale: 0.5, x: 0, y: 150 });
});

it("keeps the pixel under the pointer while zooming", () => {
  const before = zoomed(fitted(picture, frame), 1, [500, 400], picture, frame);
  const after = zoomed(before, 2, [300, 500], picture, frame);
  const under = ({ scale, x, y }: typeof before) => [(300 - x) / scale, (500 - y) / scale];
  expect(under(after)).toEqual(under(before).map((value) => expect.closeTo(value)));
});

it("never leaves a gap, and never gets smaller than the whole", () => {
  const near = zoomed(fitted(picture, frame), 1, [0, 0], picture, frame);
  expect(panned(near, 5000, 5000, picture, frame)).toMatchObject({ x: 0, y: 0 });
  expect(zoomed(near, 0, [0, 0], picture, frame).scale).toBe(0.5);
});
