/** Which pixels a staging changed, from the pixels themselves. */

export interface Pixels {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

export interface Changes {
  overlay: Uint8ClampedArray<ArrayBuffer>; // RGBA: a veil over what is the same, colour over what is not, the stronger the more
  changed: number;
  same: number;
}

const VEIL = [18, 17, 16, 150] as const;
const CHANGED = [255, 170, 30] as const;
const FAINTEST = 70; // opacity of the smallest change

/** @param noise differences up to it (per channel) are the file format's, not the staging's. */
export function changesBetween(before: Pixels, after: Pixels, noise = 0): Changes {
  const overlay = new Uint8ClampedArray(after.data.length);
  let changed = 0;
  const all = after.width * after.height;
  for (let index = 0; index < after.data.length; index += 4) {
    const away = Math.max(
      Math.abs((before.data[index] ?? 0) - (after.data[index] ?? 0)),
      Math.abs((before.data[index + 1] ?? 0) - (after.data[index + 1] ?? 0)),
      Math.abs((before.data[index + 2] ?? 0) - (after.data[index + 2] ?? 0)),
    );
    const differs = away > noise;
    if (differs) changed += 1;
    const colour = differs ? CHANGED : VEIL;
    overlay[index] = colour[0];
    overlay[index + 1] = colour[1];
    overlay[index + 2] = colour[2];
    overlay[index + 3] = differs ? Math.min(200, FAINTEST + 2 * away) : VEIL[3];
  }
  return { overlay, changed, same: all - changed };
}
