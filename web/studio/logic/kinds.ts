/** What the words for a product tell of the surface that carries it. */

import type { Surface } from "./types";

export const SURFACES: readonly { value: Surface; label: string; phrase: string }[] = [
  { value: "floor", label: "Stands on the floor", phrase: "" },
  { value: "rug", label: "Lies on the floor", phrase: "rug" },
  { value: "wall", label: "Hangs on the wall", phrase: "on the wall" },
  { value: "table", label: "Stands on a table", phrase: "on a table" },
  { value: "ceiling", label: "Hangs from the ceiling", phrase: "from the ceiling" },
];

const RUG = /\b(rug|carpet|runner|doormat)(e?s)?\b/i;
const WORDS: readonly (readonly [RegExp, Surface])[] = [
  [/\b(pendant|chandelier|ceiling lamp|hanging lamp)(e?s)?\b|\b(from|on) the ceiling\b/i, "ceiling"],
  [/\b(picture|painting|poster|print|mirror|wall art|artwork|wall clock)(e?s)?\b/i, "wall"],
  [/\bon (the|a) (\w+ )?wall\b/i, "wall"],
  [/\bon (the|a|an)? ?(\w+ )?(table|desk|shelf|counter|sideboard|cabinet)\b/i, "table"],
  [/\b(table lamp|desk lamp|vase|jar|mug|cup|candle|clock|kettle|teapot|bowl|shaker)(e?s)?\b/i, "table"],
];

/** The surface that a prompt speaks of. */
export function surfaceOf(prompt: string): Surface {
  if (RUG.test(prompt)) return "rug";
  return WORDS.find(([words]) => words.test(prompt))?.[1] ?? "floor";
}

/** The prompt with words that make the server take the surface which was chosen by hand. */
export function promptFor(prompt: string, surface: Surface): string {
  const text = prompt.trim() || "a piece of furniture";
  if (surfaceOf(text) === surface) return text;
  if (surface === "floor") return text.replace(/\s+(on|from) (the|a|an) (\w+ )?(wall|table|ceiling)\b/gi, "");
  if (surface === "rug") return `a rug: ${text}`;
  return `${text} ${SURFACES.find(({ value }) => value === surface)?.phrase ?? ""}`;
}

/** A name for a photo: its file's name without numbers and dashes. */
export function nameFrom(file: string): string {
  const words = file
    .replace(/\.[a-z0-9]+$/i, "")
    .replace(/[_\-.]+/g, " ")
    .replace(/\b(img|dsc|dscf|pxl|image|photo|screenshot|\d[\da-z]*)\b/gi, " ")
    .replace(/\s+/g, " ")
    .trim();
  return words === "" ? "Product" : words[0]?.toUpperCase() + words.slice(1);
}
