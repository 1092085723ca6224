import { expect, it } from "vitest";

import { linesOf, stepInWords } from "./report";
import { inWords } from "./wording";

const metadata = {
  seed: 7,
  placement: { surface: "floor", plane: "floor", size_cm: [199.6, 98.2] as [number, number] },
  light: { gain: [0.82, 0.8, 0.7] },
  removal: { removed: true, pixels: 200 },
  pixels_changed: 250_000,
  pixels_identical: 1_750_000,
};
const said = (over: object = {}, trueSize = false) =>
  Object.fromEntries(linesOf({ metadata: { ...metadata, ...over }, warnings: [], seconds: 0.84, title: "Sofa", trueSize }).map(({ label, text }) => [label, text]));

it("tells size, place, light, removal, pixels and time in words", () => {
  expect(said()).toEqual({
    Size: "200 cm wide and 98 cm high, judged by the room's own scale",
    Place: "Stands on the floor",
    Light: "23 % darker than in its photo, warmer",
    Cleared: "What stood in the place was taken out first, with its shadow",
    Untouched: "1 750 000 pixels keep their bytes (87.5 %)",
    Time: "0.8 seconds",
    Seed: "7",
  });
});

it("tells a size that was given as such, and a rug's as its length", () => {
  expect(said({}, true)["Size"]).toContain("as you told");
  expect(said({ placement: { surface: "rug", size_cm: [160, 230] } })["Size"]).toContain("230 cm long");
});

it("names the wall that a picture is measured on", () => {
  expect(said({ placement: { surface: "wall", plane: "left wall" } })["Place"]).toBe("Hangs on the wall, measured on the left wall");
});

it("says nothing of what it was not told", () => {
  expect(linesOf({ metadata: {}, warnings: [], seconds: null, title: "", trueSize: false })).toEqual([]);
});

it("has words for every step, new ones too", () => {
  expect(stepInWords("shade")).toBe("Working out light and shadow");
  expect(stepInWords("polish")).toBe("Polish");
});

it("speaks of photos where the server speaks of fields", () => {
  expect(inWords("main_image_mask is empty: paint white where the product goes")).toBe("The mask is empty: paint white where the product goes");
  expect(inWords("overlay_image can't be read")).toBe("The product's photo can't be read");
});
