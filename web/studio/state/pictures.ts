/** Pictures in the browser: decoded upright, made smaller, encoded. */

import { Refusal } from "../../shared/api";
import type { Size } from "../logic/types";
import { blobOf } from "./encoder";

export interface Picture extends Size {
  title: string;
  blob: Blob;
  image: ImageBitmap;
  url: string; // an object URL, for <img>
  link: string | null; // where the server finds the same bytes, if it has them
  megapixels: number; // of the file; more than the picture's where it had to be made smaller
}

const MOST_PIXELS = 25e6; // as the server has it ...
const REDUCED = 24e6; // ... and what larger photos are made

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
  const megapixels = (image.width * image.height) / 1e6;
  if (megapixels * 1e6 > MOST_PIXELS) {
    [image, blob] = await reduced(image, blob.type);
    link = null;
  }
  return { title, blob, image, width: image.width, height: image.height, url: URL.createObjectURL(blob), link, megapixels };
}

/** As large as the server takes it. */
async function reduced(image: ImageBitmap, type: string): Promise<[ImageBitmap, Blob]> {
  const { width, height } = image;
  const longest = Math.max(width, height) * Math.sqrt(REDUCED / (width * height));
  const canvas = cropped(image, [0, 0, width, height], longest);
  image.close();
  const blob = await blobOf(canvas, type === "image/png" ? type : "image/jpeg", 0.95);
  return [await createImageBitmap(canvas), blob];
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
