/** What the server tells of a staging, in words. */

export interface Placement {
  corners?: [number, number][];
  box?: [number, number, number, number];
  surface?: string;
  kind?: string | null;
  chosen_by?: string;
  plane?: string | null;
  plane_confidence?: number;
  partly_hidden?: boolean;
  size_cm?: [number, number] | null;
}

export interface Metadata {
  width?: number;
  height?: number;
  seed?: number;
  engine?: string;
  placement?: Placement;
  removal?: { removed?: boolean; pixels?: number } & Record<string, unknown>;
  light?: { gain?: number[]; sun?: unknown } & Record<string, unknown>;
  pixels_changed?: number;
  pixels_identical?: number;
}

export interface Told {
  metadata: Metadata;
  warnings: string[];
  seconds: number | null;
  title: string;
  trueSize: boolean; // whether its size was given in centimetres
}

export interface Line {
  label: string;
  text: string;
}

const STEPS: Readonly<Record<string, string>> = {
  queued: "Waiting for a free worker",
  analyse: "Looking at the room",
  cut: "Cutting out the product",
  remove: "Clearing the place",
  place: "Finding its place and size",
  shade: "Working out light and shadow",
  composite: "Putting it into the photo",
  done: "Finishing the picture",
};

/** A step's name as a person would say it. */
export function stepInWords(step: string): string {
  return STEPS[step] ?? step[0]?.toUpperCase() + step.slice(1);
}

/** The report of one product, line by line. */
export function linesOf({ metadata, seconds, trueSize }: Told): Line[] {
  const lines: Line[] = [];
  const add = (label: string, text: string | null) => {
    if (text !== null) lines.push({ label, text });
  };
  add("Size", sizeInWords(metadata.placement, trueSize));
  add("Place", placeInWords(metadata.placement));
  add("Light", lightInWords(metadata.light));
  add("Cleared", removalInWords(metadata.removal));
  add("Untouched", untouchedInWords(metadata));
  add("Time", seconds === null ? null : `${seconds.toFixed(seconds < 10 ? 1 : 0)} seconds`);
  add("Seed", metadata.seed === undefined ? null : String(metadata.seed));
  return lines;
}

export function sizeInWords(placement: Placement | undefined, trueSize: boolean): string | null {
  const size = placement?.size_cm;
  if (!size) return null;
  const [wide, high] = size.map((cm) => Math.round(cm));
  const length = placement?.surface === "rug" ? "long" : "high";
  const how = trueSize ? "as you told" : "judged by the room's own scale";
  return `${wide} cm wide and ${high} cm ${length}, ${how}`;
}

export function placeInWords(placement: Placement | undefined): string | null {
  if (placement === undefined) return null;
  const on: Readonly<Record<string, string>> = {
    floor: "Stands on the floor",
    rug: "Lies on the floor",
    wall: "Hangs on the wall",
    table: "Stands on a table",
    ceiling: "Hangs from the ceiling",
  };
  const where = on[placement.surface ?? ""] ?? "Stands in the room";
  const hidden = placement.partly_hidden ? ", partly behind what stands before it" : "";
  const known = placement.plane && placement.plane !== "floor" ? `, measured on the ${placement.plane}` : "";
  return where + known + hidden;
}

export function lightInWords(light: Metadata["light"]): string | null {
  const gain = light?.gain;
  if (!Array.isArray(gain) || gain.length === 0) return null;
  const sunny = light?.sun ? ", in hard sun" : "";
  const mean = gain.reduce((sum, value) => sum + value, 0) / gain.length;
  const [red, blue] = [gain[0] ?? mean, gain.at(-1) ?? mean];
  const change = Math.round(Math.abs(mean - 1) * 100);
  const strength = change < 4 ? "As bright as in its photo" : `${change} % ${mean > 1 ? "brighter" : "darker"} than in its photo`;
  const ratio = red / Math.max(blue, 1e-6);
  const colour = ratio > 1.06 ? ", warmer" : ratio < 0.94 ? ", cooler" : "";
  return strength + colour + sunny;
}

function removalInWords(removal: Metadata["removal"]): string | null {
  const pixels = removal?.pixels;
  return removal && (removal.removed || (typeof pixels === "number" && pixels > 0))
    ? "What stood in the place was taken out first, with its shadow"
    : null;
}

function untouchedInWords({ pixels_identical: same, pixels_changed: other }: Metadata): string | null {
  if (same === undefined || other === undefined || same + other === 0) return null;
  const share = (100 * same) / (same + other);
  return `${grouped(same)} pixels keep their bytes (${share.toFixed(1)} %)`;
}

export function grouped(number: number): string {
  return Math.round(number).toLocaleString("en-GB").replaceAll(",", " ");
}
