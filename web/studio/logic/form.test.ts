import { describe, expect, it } from "vitest";

import { fieldsOf, problemOf, rangeOf, sent, type NumberField, type Schema } from "./form";

const schema: Schema = {
  properties: {
    prompt: { type: "string", maxLength: 2000 },
    main_image: { type: "string", "x-role": "image" },
    steps: { type: "integer", minimum: 10, maximum: 100, default: 25, description: "Light samples" },
    seed: { type: "integer", minimum: -1, maximum: 2 ** 63, default: 42 },
    overlay_width_cm: { type: "number", minimum: 1, maximum: 2000, default: null },
    image_format: { type: "string", enum: ["png", "jpeg"], default: "png" },
    fidelity: { type: "string", enum: ["faithful", "generative"], default: "faithful" },
    remove: { anyOf: [{ type: "boolean" }, { type: "null" }], default: null },
  },
};
const fields = fieldsOf(schema, ["prompt"]);
const named = (name: string) => fields.find((field) => field.name === name) as NumberField;

describe("a form from the schema", () => {
  it("has every field that is no picture, in the schema's order", () => {
    expect(fields.map(({ name }) => name)).toEqual(["steps", "seed", "overlay_width_cm", "image_format", "fidelity", "remove"]);
    expect(named("overlay_width_cm").label).toBe("Overlay width (cm)");
  });
  it("slides where the range is one for a hand", () => {
    expect(named("steps").slides).toBe(true);
    expect(named("seed").slides).toBe(false);
    expect(rangeOf(named("seed"))).toBe("-1 or more");
  });
  it("writes formats in capitals and words as words", () => {
    const labels = fields.flatMap((field) => (field.kind === "choice" && field.name !== "remove" ? field.choices.map(({ label }) => label) : []));
    expect(labels).toEqual(["PNG", "JPEG", "Faithful", "Generative"]);
  });
  it("offers yes, no and automatic where null is a third answer", () => {
    expect(fields.at(-1)).toMatchObject({ kind: "choice", byDefault: "" });
  });
});

it("says what is wrong with a number, with the range", () => {
  expect(problemOf(named("steps"), "25")).toBeNull();
  expect(problemOf(named("steps"), "5")).toContain("10 to 100");
  expect(problemOf(named("steps"), "12.5")).toContain("whole");
  expect(problemOf(named("steps"), "many")).toContain("number");
  expect(problemOf(named("steps"), null)).toBeNull();
});

it("sends only what differs from the defaults", () => {
  expect(sent(fields, { steps: "50", seed: "42", image_format: "png", remove: "true", overlay_width_cm: null })).toEqual({ steps: "50", remove: "true" });
});
