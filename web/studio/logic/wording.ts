/** The server's sentences for people who see no field names. */

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/\bmain_image_mask\b/g, "the mask"],
  [/\boverlay_image_mask\b/g, "the cut-out"],
  [/\bmain_image\b/g, "the room's photo"],
  [/\boverlay_image\b/g, "the product's photo"],
  [/\boverlay_width_cm\b/g, "the width"],
  [/\boverlay_height_cm\b/g, "the height"],
  [/\boverlay_box\b/g, "the box"],
];

/** With a capital, and with words in place of fields. */
export function inWords(text: string): string {
  const said = NAMES.reduce((sofar, [name, words]) => sofar.replace(name, words), text);
  return (said[0]?.toUpperCase() ?? "") + said.slice(1);
}
