/** Connected parts of a cut-out, for keeping and dropping them by a click. */

import type { Point, Size } from "./types";

const OPAQUE = 8; // alpha from which a pixel belongs to a part: its soft rim does, too

/** 1 where alpha is connected to `at`, 4-connected; null where nothing is. */
export function partAt(alpha: Uint8Array, { width, height }: Size, at: Point): Uint8Array | null {
  const x = Math.floor(at[0]);
  const y = Math.floor(at[1]);
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  const start = y * width + x;
  if ((alpha[start] ?? 0) < OPAQUE) return null;
  const part = new Uint8Array(alpha.length);
  const rows: number[] = [start];
  const open = (index: number) => part[index] === 0 && (alpha[index] ?? 0) >= OPAQUE;
  while (rows.length > 0) {
    let left = rows.pop() as number;
    if (!open(left)) continue;
    const rowStart = left - (left % width);
    const rowEnd = rowStart + width;
    while (left > rowStart && open(left - 1)) left -= 1;
    let above = false;
    let below = false;
    for (let index = left; index < rowEnd && open(index); index += 1) {
      part[index] = 1;
      const up = index - width;
      const down = index + width;
      if (up >= 0 && open(up)) {
        if (!above) rows.push(up);
        above = true;
      } else above = false;
      if (down < alpha.length && open(down)) {
        if (!below) rows.push(down);
        below = true;
      } else below = false;
    }
  }
  return part;
}

/** The box [left, top, right, bottom] of what is not transparent; null of nothing. */
export function boxOf(alpha: Uint8Array, { width, height }: Size, least = OPAQUE): [number, number, number, number] | null {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      if ((alpha[row + x] ?? 0) < least) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return right > left ? [left, top, right, bottom] : null;
}

/** Whether most of a part is still there. */
export function isKept(alpha: Uint8Array, part: Uint8Array): boolean {
  let [kept, all] = [0, 0];
  part.forEach((inside, index) => {
    if (inside === 0) return;
    all += 1;
    if ((alpha[index] ?? 0) >= OPAQUE) kept += 1;
  });
  return kept * 2 > all;
}

/** The alpha with a part dropped, or with what `original` had there. */
export function withPart(alpha: Uint8Array, part: Uint8Array, original: Uint8Array | null): Uint8Array {
  return alpha.map((value, index) => (part[index] === 0 ? value : (original?.[index] ?? 0)));
}
