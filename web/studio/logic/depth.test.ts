import { expect, it } from "vitest";

import { farthestFirst, type Standing } from "./depth";

const thing = (name: string, surface: Standing["surface"], foot: number, over: Partial<Standing> = {}) => ({ name, surface, foot, left: 0, right: 100, top: foot - 80, ...over });
const names = (things: { name: string }[]) => things.map(({ name }) => name);

it("stages from the wall over the rug to the nearest foot", () => {
  const things = [thing("near", "floor", 900), thing("rug", "rug", 950), thing("far", "floor", 600), thing("picture", "wall", 300)];
  expect(names(farthestFirst(things))).toEqual(["picture", "rug", "far", "near"]);
});

it("a vase comes right after the table that it stands on", () => {
  const things = [
    thing("vase", "table", 700, { left: 40, right: 60 }),
    thing("table", "floor", 800, { top: 690 }),
    thing("chair before it", "floor", 850),
  ];
  expect(names(farthestFirst(things))).toEqual(["table", "vase", "chair before it"]);
});
