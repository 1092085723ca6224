/** Pictures in the browser: decoded upright, made smaller, encoded. */

import { Refusal } from "../../shared/api";
import type { Size } from "../logic/types";

export interface Picture extends Size {
  title: string;
  blob: Blob;
  image: ImageBitmap;
  url: string; // an object URL, for <img>
  link: string | null; // where the server finds the same bytes, if it has them
}

export const ACCEPTED = "image/png,image/jpeg,image/webp,image/gif,image/bmp";

/** Decode a file; raises a Refusal that says what to do. */
export async function pictureOf(blob: Blob, title: string, link: string | null = null): Promise<Picture> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    const text = `“${title}” can't be read as a picture. Use a PNG, JPEG or WebP file.`;
    throw new Refusal(text, "invalid_image", null, 0);
  }
  return { title, blob, image, width: image.width, height: image.height, url: URL.createObjectURL(blob), link };
}

export function canvasOf(width: number, height: number, readOften = false): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const pen = canvas.getContext("2d", { willReadFrequently: readOften });
  if (pen === null) throw new Refusal("This browser gives no canvas: try another one.", "no_canvas", null, 0);
  pen.imageSmoothingQuality = "high";
  return [canvas, pen];
}

/** The part `[left, top, right, bottom]` of a picture, no longer than `longest`. */
export function cropped(
  source: CanvasImageSource,
  [left, top, right, bottom]: readonly [number, number, number, number],
  longest = Infinity,
  flipped = false,
): HTMLCanvasElement {
  const scale = Math.min(1, longest / Math.max(right - left, bottom - top));
  const [canvas, pen] = canvasOf((right - left) * scale, (bottom - top) * scale);
  if (flipped) {
    pen.translate(canvas.width, 0);
    pen.scale(-1, 1);
  }
  pen.drawImage(source, left, top, right - left, bottom - top, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export function scaledDown(picture: Picture, longest: number): HTMLCanvasElement {
  return cropped(picture.image, [0, 0, picture.width, picture.height], longest);
}

/** The pixels of a part `[left, top, width, height]`, each the mean of `step` by `step`. */
export function pixelsOf(
  source: CanvasImageSource,
  [left, top, width, height]: readonly [number, number, number, number],
  step: number,
): ImageData {
  const [canvas, pen] = canvasOf(width / step, height / step, true);
  pen.imageSmoothingQuality = "low"; // at twice the size that is the mean already
  pen.drawImage(source, left, top, width, height, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** The picture files of a drop, a paste or an input. */
export function picturesIn(data: DataTransfer | FileList | null): File[] {
  if (data === null) return [];
  const files = data instanceof FileList ? [...data] : [...data.files];
  return files.filter((file) => file.type.startsWith("image/"));
}
