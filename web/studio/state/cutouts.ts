/** Cut-outs: immutable, so that undoing an edit is taking the earlier one. */

import { boxOf } from "../logic/regions";
import type { Size } from "../logic/types";
import { canvasOf, cropped } from "./pictures";
import { blobOf } from "./encoder";
import { upload } from "../server/studio";

export interface Cutout extends Size {
  id: string;
  image: HTMLCanvasElement; // RGBA, the size of the (perhaps reduced) photo
  box: readonly [number, number, number, number]; // of what is opaque
  source: string; // what it was freed by
  blob: Blob | null; // the server's own file of it, if nobody has changed it since
}

const PREVIEW_SIDE = 632; // with the rim, 640
const DRAFT_SIDE = 472;
const RIM = 4;
let count = 0;

/** A cut-out from RGBA pixels; null where nothing is opaque. */
export function cutoutOf(image: HTMLCanvasElement, source: string, blob: Blob | null = null): Cutout | null {
  const { width, height } = image;
  const box = boxOf(alphaOf(image), { width, height });
  if (box === null) return null;
  count += 1;
  return { id: `cutout-${count}`, image, width, height, box, source, blob };
}

export function alphaOf(image: HTMLCanvasElement): Uint8Array {
  const pen = image.getContext("2d");
  const pixels = pen?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
  const alpha = new Uint8Array(image.width * image.height);
  for (let index = 0; index < alpha.length; index += 1) alpha[index] = pixels[4 * index + 3] ?? 0;
  return alpha;
}

export function aspectOf({ box }: Cutout): number {
  return (box[2] - box[0]) / (box[3] - box[1]);
}

/** What previews and the canvas draw with: the product alone, small, perhaps mirrored. */
export interface Sprite {
  image: HTMLCanvasElement;
  link: Promise<string>; // uploaded once
  draft: Promise<string>; // smaller, for previews that follow a hand
}

const sprites = new Map<string, Sprite>();

export function spriteOf(cutout: Cutout, flipped: boolean): Sprite {
  const key = `${cutout.id}${flipped ? " flipped" : ""}`;
  const known = sprites.get(key);
  if (known) return known;
  const image = cropped(cutout.image, cutout.box, PREVIEW_SIDE, flipped);
  const link = uploaded(image);
  const draft = link.then(() => uploaded(cropped(image, [0, 0, image.width, image.height], DRAFT_SIDE)));
  draft.catch(() => sprites.delete(key)); // tried again at the next preview
  const sprite = { image, link, draft };
  sprites.set(key, sprite);
  return sprite;
}

async function uploaded(image: HTMLCanvasElement): Promise<string> {
  return upload(await blobOf(rimmed(image)), "product.png");
}

/** The product alone at full size, as the final staging wants it. */
export async function fullCutout(cutout: Cutout, flipped: boolean): Promise<Blob> {
  if (cutout.blob !== null && !flipped) return cutout.blob;
  return blobOf(rimmed(cropped(cutout.image, cutout.box, Infinity, flipped)));
}

/** With a transparent rim: what touches its photo's edge is taken to be cut off by it. */
function rimmed(image: HTMLCanvasElement): HTMLCanvasElement {
  const [canvas, pen] = canvasOf(image.width + 2 * RIM, image.height + 2 * RIM);
  pen.drawImage(image, RIM, RIM);
  return canvas;
}
