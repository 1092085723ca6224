/** A cut-out corrected by hand: parts kept and dropped, pixels brushed in and out. */

import { isKept, partAt, withPart } from "../logic/regions";
import type { Point, Size } from "../logic/types";
import { alphaOf, type Cutout, cutoutOf } from "./cutouts";
import { canvasOf } from "./pictures";

export class Retouch implements Size {
  readonly width: number;
  readonly height: number;
  readonly canvas: HTMLCanvasElement; // the product with its alpha as it is now
  readonly #pen: CanvasRenderingContext2D;
  readonly #colours: ImageData;
  readonly #original: Uint8Array;
  alpha: Uint8Array;

  constructor(photo: CanvasImageSource, cutout: Cutout) {
    ({ width: this.width, height: this.height } = cutout);
    this.#original = alphaOf(cutout.image);
    this.alpha = this.#original;
    [this.canvas, this.#pen] = canvasOf(this.width, this.height, true);
    this.#pen.drawImage(photo, 0, 0, this.width, this.height);
    this.#colours = this.#pen.getImageData(0, 0, this.width, this.height);
    this.#pen.clearRect(0, 0, this.width, this.height);
    const freed = cutout.image.getContext("2d")?.getImageData(0, 0, this.width, this.height).data;
    for (let index = 0; freed && index < this.#original.length; index += 1) {
      if (this.#original[index] === 0) continue; // there the photo's colours wait for the brush
      for (let channel = 4 * index; channel < 4 * index + 3; channel += 1) this.#colours.data[channel] = freed[channel] ?? 0;
    }
    this.#refresh(0, 0, this.width, this.height);
  }

  /** Take an alpha (an earlier one, say) as it is. */
  set(alpha: Uint8Array): void {
    this.alpha = alpha;
    this.#refresh(0, 0, this.width, this.height);
  }

  /** Drop the part at a point, or bring it back; returns which, or null where nothing is. */
  toggle(at: Point): "kept" | "dropped" | null {
    const part = partAt(this.alpha, this, at) ?? partAt(this.#original, this, at);
    if (part === null) return null;
    const drops = isKept(this.alpha, part);
    this.set(withPart(this.alpha, part, drops ? null : this.#original));
    return drops ? "dropped" : "kept";
  }

  /** Before a stroke: what is painted on must not be what undo goes back to. */
  begin(): void {
    this.alpha = this.alpha.slice();
  }

  /** Brush from one point to another. */
  brush(from: Point, to: Point, radius: number, adds: boolean): void {
    const left = Math.max(0, Math.floor(Math.min(from[0], to[0]) - radius - 1));
    const top = Math.max(0, Math.floor(Math.min(from[1], to[1]) - radius - 1));
    const right = Math.min(this.width, Math.ceil(Math.max(from[0], to[0]) + radius + 1));
    const bottom = Math.min(this.height, Math.ceil(Math.max(from[1], to[1]) + radius + 1));
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        const cover = 255 * Math.min(1, Math.max(0, radius - distance([x + 0.5, y + 0.5], from, to) + 0.5));
        if (cover === 0) continue;
        const index = y * this.width + x;
        const now = this.alpha[index] ?? 0;
        this.alpha[index] = adds ? Math.max(now, cover) : Math.min(now, 255 - cover);
      }
    }
    if (right > left && bottom > top) this.#refresh(left, top, right - left, bottom - top);
  }

  /** The edge as a picture: `colour` = r, g, b on the pixels along it. */
  edge([r, g, b]: readonly [number, number, number]): ImageData {
    const line = new ImageData(this.width, this.height);
    const inside = (index: number) => (this.alpha[index] ?? 0) >= 128;
    for (let y = 0; y < this.height; y += 1) {
      for (let x = 0; x < this.width; x += 1) {
        const index = y * this.width + x;
        const here = inside(index);
        const differs =
          (x + 1 < this.width && inside(index + 1) !== here) || (y + 1 < this.height && inside(index + this.width) !== here) ||
          (x > 0 && inside(index - 1) !== here) || (y > 0 && inside(index - this.width) !== here);
        if (!differs) continue;
        line.data.set([r, g, b, 255], 4 * index);
      }
    }
    return line;
  }

  /** The corrected cut-out; null where nothing is left. */
  finished(): Cutout | null {
    const [copy, pen] = canvasOf(this.width, this.height, true);
    pen.drawImage(this.canvas, 0, 0);
    return cutoutOf(copy, "by hand");
  }

  #refresh(left: number, top: number, width: number, height: number): void {
    for (let y = top; y < top + height; y += 1) {
      for (let index = y * this.width + left, end = index + width; index < end; index += 1) {
        this.#colours.data[4 * index + 3] = this.alpha[index] ?? 0;
      }
    }
    this.#pen.putImageData(this.#colours, 0, 0, left, top, width, height);
  }
}

function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
