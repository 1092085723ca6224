/** What a preview adds to the room, as layers that can be moved until the next one comes. */

import type { Quad, Size } from "../logic/types";
import { canvasOf, pixelsOf } from "../state/pictures";
import { drawWarped } from "./mesh";

export interface LitLayer {
  quad: Quad; // where the product stands in it, pixels of the room's photo
  left: number; // of all three, pixels of the room's photo
  top: number;
  scale: number; // pixels of the photo per pixel of body and exact
  shade: HTMLCanvasElement; // factors of the room's light, to be multiplied; perhaps coarser
  moving: HTMLCanvasElement; // the same for other places: faded where the picture's edge cuts it, without noise
  body: HTMLCanvasElement; // the lit product, over it
  exact: HTMLCanvasElement | null; // the preview itself, for a product alone and at rest; not of drafts, they are soft
}

const NOISE = 6; // differences of JPEG's making, ...
const SURE = 14; // ... and such as are not
const FADE = 0.1; // of the layer, where it is cut
const REACH = 1.2; // of the product's longer side: how far its shadow is looked for

/** The room that a preview was staged into, of the same size; its pixels perhaps coarser by `step`. */
export interface Staged {
  pixels: ImageData;
  step: number;
}

/**
 * @param preview the answer; `room` what it was staged into.
 * @param sprite the product alone; `quad` its corners in the preview.
 * @param photo pixels of the photo per pixel of the preview.
 */
export function litLayer(preview: ImageBitmap, room: Staged, sprite: HTMLCanvasElement, quad: Quad, photo: number): LitLayer {
  const { pixels, step } = room;
  const box = around(quad, { width: pixels.width * step, height: pixels.height * step }, step);
  const [left, top, width, height] = box;
  const [shade, shadePen] = canvasOf(width / step, height / step);
  shadePen.putImageData(factors(pixelsOf(preview, box, step), pixels, left / step, top / step), 0, 0);
  const [body, bodyPen] = canvasOf(width, height);
  drawSprite(bodyPen, sprite, quad.map(([x, y]) => [x - left, y - top] as const) as unknown as Quad);
  bodyPen.globalCompositeOperation = "source-in";
  bodyPen.drawImage(preview, -left, -top);
  return {
    quad: quad.map(([x, y]) => [x * photo, y * photo] as const) as unknown as Quad,
    left: left * photo,
    top: top * photo,
    scale: photo,
    shade,
    moving: faded(shade, step === 1 ? 2 : 1, left === 0, top === 0, left + width >= preview.width - step, top + height >= preview.height - step),
    body,
    exact: step === 1 ? part(preview, box) : null,
  };
}

function part(preview: ImageBitmap, [left, top, width, height]: readonly [number, number, number, number]): HTMLCanvasElement {
  const [canvas, pen] = canvasOf(width, height);
  pen.drawImage(preview, -left, -top);
  return canvas;
}

/** The whole sprite under a quad: an upright one needs no perspective. */
export function drawSprite(pen: CanvasRenderingContext2D, sprite: HTMLCanvasElement, quad: Quad): void {
  const [a, b, c, d] = quad;
  const upright = a[0] === d[0] && b[0] === c[0] && a[1] === b[1] && c[1] === d[1];
  if (upright) return pen.drawImage(sprite, a[0], a[1], b[0] - a[0], d[1] - a[1]);
  const { width, height } = sprite;
  drawWarped(pen, sprite, [[0, 0], [width, 0], [width, height], [0, height]], quad);
}

/** The box [left, top, width, height] of all that changes, in whole steps. */
function around(quad: Quad, { width, height }: Size, step: number): [number, number, number, number] {
  const xs = quad.map(([x]) => x);
  const ys = quad.map(([, y]) => y);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const reach = REACH * Math.max(x1 - x0, y1 - y0);
  const left = step * Math.floor(Math.max(0, x0 - reach) / step);
  const top = step * Math.floor(Math.max(0, y0 - reach) / step);
  const right = step * Math.ceil(Math.min(width, x1 + reach) / step);
  const bottom = step * Math.ceil(Math.min(height, y1 + reach) / step);
  return [left, top, Math.max(step, right - left), Math.max(step, bottom - top)];
}

/** Easing out toward the sides that end at the picture's edge: moved away from it, they would show. */
function faded(shade: HTMLCanvasElement, shrink: number, ...[left, top, right, bottom]: [boolean, boolean, boolean, boolean]): HTMLCanvasElement {
  const [copy, pen] = canvasOf(shade.width / shrink, shade.height / shrink);
  const { width, height } = copy;
  pen.drawImage(shade, 0, 0, width, height);
  pen.globalCompositeOperation = "destination-out";
  const [across, down] = [FADE * width, FADE * height];
  const sides: [boolean, number, number, number, number][] = [
    [left, 0, 0, across, 0],
    [top, 0, 0, 0, down],
    [right, width, 0, width - across, 0],
    [bottom, 0, height, 0, height - down],
  ];
  for (const [cut, x0, y0, x1, y1] of sides) {
    if (!cut) continue;
    const ease = pen.createLinearGradient(x0, y0, x1, y1);
    ease.addColorStop(0, "#000");
    ease.addColorStop(1, "transparent");
    pen.fillStyle = ease;
    pen.fillRect(0, 0, width, height);
  }
  return copy;
}

/** After by before, 255 = unchanged; transparent where only noise differs. */
function factors(after: ImageData, room: ImageData, left: number, top: number): ImageData {
  const { width, height } = after;
  const found = new ImageData(width, height);
  const [now, was, out] = [after.data, room.data, found.data];
  for (let y = 0; y < height; y += 1) {
    let from = 4 * ((top + y) * room.width + left);
    let to = 4 * y * width;
    for (let x = 0; x < width; x += 1, from += 4, to += 4) {
      const darker = was[from + 1]! - now[to + 1]! + (was[from]! - now[to]!);
      if (darker <= NOISE) continue;
      out[to] = (255 * now[to]!) / (was[from]! || 1);
      out[to + 1] = (255 * now[to + 1]!) / (was[from + 1]! || 1);
      out[to + 2] = (255 * now[to + 2]!) / (was[from + 2]! || 1);
      out[to + 3] = (255 * (darker - NOISE)) / (SURE - NOISE); // clamped by the array
    }
  }
  return found;
}
