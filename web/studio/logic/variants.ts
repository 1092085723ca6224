/** Which values variants are made with. */

export type Axis = "seed" | "guidance" | "steps";

export interface Variant {
  label: string;
  over: Record<string, string>;
}

const VALUES: Readonly<Record<Exclude<Axis, "seed">, readonly number[]>> = {
  guidance: [10, 30, 50],
  steps: [10, 50, 100],
};

/** Three of an axis; `draw` gives seeds. */
export function variantsOf(axis: Axis, draw: () => number): Variant[] {
  if (axis === "seed") {
    return [1, 2, 3].map(() => {
      const seed = String(draw());
      return { label: `Seed ${seed}`, over: { seed } };
    });
  }
  return VALUES[axis].map((value) => ({
    label: `${axis === "guidance" ? "Light" : "Steps"} ${value}`,
    over: { [axis]: String(value) },
  }));
}
