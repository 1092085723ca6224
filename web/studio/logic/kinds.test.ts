import { expect, it } from "vitest";

import { nameFrom, promptFor, surfaceOf } from "./kinds";

it.each([
  ["a teal velvet sofa", "floor"],
  ["a Persian rug", "rug"],
  ["a framed poster", "wall"],
  ["a shelf on the wall", "wall"],
  ["a ceramic vase", "table"],
  ["a lamp on a desk", "table"],
  ["a brass chandelier", "ceiling"],
  ["a coffee table", "floor"],
  ["a picturesque armchair", "floor"],
] as const)("%s: %s", (prompt, surface) => {
  expect(surfaceOf(prompt)).toBe(surface);
});

it("a surface chosen by hand is what the prompt then says", () => {
  for (const surface of ["floor", "rug", "wall", "table", "ceiling"] as const) {
    expect(surfaceOf(promptFor("a grey thing", surface))).toBe(surface);
  }
  expect(promptFor("a shelf on the wall", "floor")).toBe("a shelf");
  expect(promptFor("", "floor")).not.toBe("");
});

it("names a product after its file", () => {
  expect(nameFrom("grey_lounge-chair_2048.jpg")).toBe("Grey lounge chair");
  expect(nameFrom("IMG_20260101_1234.HEIC")).toBe("Product");
});
