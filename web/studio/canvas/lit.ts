/** What a preview adds to the room, as layers that can be moved until the next one comes. */

import type { Quad } from "../logic/types";
import { canvasOf } from "../state/pictures";
import { drawWarped } from "./mesh";

export interface LitLayer {
  quad: Quad; // where the product stands in it, pixels of the room's photo
  left: number; // of all three, pixels of the room's photo
  top: number;
  scale: number; // pixels of the photo per pixel of the layers
  shade: HTMLCanvasElement; // factors of the room's light, to be multiplied
  body: HTMLCanvasElement; // the lit product, over it
  exact: HTMLCanvasElement; // the preview itself, for a product alone and at rest
}

const NOISE = 10; // differences of JPEG's making
const REACH = 1.2; // of the product's longer side: how far its shadow is looked for

/**
 * @param preview the answer; `room` the picture it was staged into, of the same size.
 * @param sprite the product alone; `quad` its corners in the preview.
 * @param photo pixels of the photo per pixel of the preview.
 */
export function litLayer(preview: ImageBitmap, room: ImageData, sprite: HTMLCanvasElement, quad: Quad, photo: number): LitLayer {
  const box = around(quad, preview);
  const [left, top, width, height] = box;
  const [exact, exactPen] = canvasOf(width, height, true);
  exactPen.drawImage(preview, -left, -top);
  const [shade, shadePen] = canvasOf(width, height);
  shadePen.putImageData(factors(exactPen.getImageData(0, 0, width, height), room, box), 0, 0);
  const [body, bodyPen] = canvasOf(width, height);
  drawSprite(bodyPen, sprite, quad.map(([x, y]) => [x - left, y - top] as const) as unknown as Quad);
  bodyPen.globalCompositeOperation = "source-in";
  bodyPen.drawImage(exact, 0, 0);
  return {
    quad: quad.map(([x, y]) => [x * photo, y * photo] as const) as unknown as Quad,
    left: left * photo,
    top: top * photo,
    scale: photo,
    shade,
    body,
    exact,
  };
}

/** The whole sprite under a quad: an upright one needs no perspective. */
export function drawSprite(pen: CanvasRenderingContext2D, sprite: HTMLCanvasElement, quad: Quad): void {
  const [a, b, c, d] = quad;
  const upright = a[0] === d[0] && b[0] === c[0] && a[1] === b[1] && c[1] === d[1];
  if (upright) return pen.drawImage(sprite, a[0], a[1], b[0] - a[0], d[1] - a[1]);
  const { width, height } = sprite;
  drawWarped(pen, sprite, [[0, 0], [width, 0], [width, height], [0, height]], quad);
}

function around(quad: Quad, { width, height }: { width: number; height: number }): [number, number, number, number] {
  const xs = quad.map(([x]) => x);
  const ys = quad.map(([, y]) => y);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const reach = REACH * Math.max(x1 - x0, y1 - y0);
  const left = Math.floor(Math.max(0, x0 - reach));
  const top = Math.floor(Math.max(0, y0 - reach));
  const right = Math.ceil(Math.min(width, x1 + reach));
  const bottom = Math.ceil(Math.min(height, y1 + reach));
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}

/** After by before, 255 = unchanged; transparent where only noise differs. */
function factors(after: ImageData, room: ImageData, [left, top, width, height]: readonly [number, number, number, number]): ImageData {
  const found = new ImageData(width, height);
  const [now, was, out] = [after.data, room.data, found.data];
  for (let y = 0; y < height; y += 1) {
    let from = 4 * ((top + y) * room.width + left);
    let to = 4 * y * width;
    for (let x = 0; x < width; x += 1, from += 4, to += 4) {
      const darker = was[from + 1]! - now[to + 1]! + (was[from]! - now[to]!);
      if (darker < NOISE) continue;
      out[to] = (255 * now[to]!) / (was[from]! || 1);
      out[to + 1] = (255 * now[to + 1]!) / (was[from + 1]! || 1);
      out[to + 2] = (255 * now[to + 2]!) / (was[from + 2]! || 1);
      out[to + 3] = 255;
    }
  }
  return found;
}
