/** The mask of a quadrilateral as a PNG file, written directly: no canvas, a millisecond. */

import type { Point, Size } from "./types";

type Compress = (data: Uint8Array) => Uint8Array;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** One bit a pixel, white where the pixel's middle is inside of the convex `outline`. */
export function maskFile({ width, height }: Size, outline: readonly Point[], compress: Compress): Uint8Array<ArrayBuffer> {
  const stride = 1 + Math.ceil(width / 8); // each row begins with its filter: none
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const span = spanAt(outline, y + 0.5);
    if (span === null) continue;
    const from = Math.max(0, Math.ceil(span[0] - 0.5));
    const to = Math.min(width, Math.ceil(span[1] - 0.5));
    for (let x = from; x < to; x += 1) {
      const index = y * stride + 1 + (x >> 3);
      rows[index] = (rows[index] ?? 0) | (0x80 >> (x & 7));
    }
  }
  const head = new Uint8Array([...bytesOf(width), ...bytesOf(height), 1, 0, 0, 0, 0]);
  const parts = [new Uint8Array(SIGNATURE), chunk("IHDR", head), chunk("IDAT", compress(rows)), chunk("IEND", new Uint8Array())];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** Where a row enters and leaves a convex outline. */
function spanAt(outline: readonly Point[], y: number): [number, number] | null {
  const found: number[] = [];
  outline.forEach(([x0, y0], index) => {
    const [x1, y1] = outline[(index + 1) % outline.length] as Point;
    if (y0 > y !== y1 > y) found.push(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0));
  });
  return found.length < 2 ? null : [Math.min(...found), Math.max(...found)];
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length);
  whole.set(bytesOf(data.length));
  whole.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  whole.set(data, 8);
  whole.set(bytesOf(crc(whole.subarray(4, 8 + data.length))), 8 + data.length);
  return whole;
}

function bytesOf(value: number): [number, number, number, number] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc(data: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of data) value = (TABLE[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
