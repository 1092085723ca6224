/** Pictures to files, by a worker where the browser has one that can. */

import { Refusal } from "../../shared/api";
import type { Answer, Order } from "./encoder.worker";

let worker: Worker | null = null;
let count = 0;
const waiting = new Map<number, (blob: Blob | null) => void>();

/** A canvas as a PNG, JPEG or WebP file. */
export async function blobOf(canvas: HTMLCanvasElement, type = "image/png", quality?: number): Promise<Blob> {
  const blob = typeof OffscreenCanvas === "undefined" ? await here(canvas, type, quality) : await aside(canvas, type, quality);
  if (blob === null) throw new Refusal("The picture is too large for this browser.", "too_large", null, 0);
  return blob;
}

function here(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
}

async function aside(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob | null> {
  const image = await createImageBitmap(canvas);
  count += 1;
  const order: Order = { id: count, image, type, quality };
  return new Promise((resolve) => {
    waiting.set(order.id, resolve);
    started().postMessage(order, [image]);
  });
}

function started(): Worker {
  if (worker !== null) return worker;
  worker = new Worker(new URL("./encoder.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: { id, blob } }: MessageEvent<Answer>) => {
    waiting.get(id)?.(blob);
    waiting.delete(id);
  };
  worker.onerror = () => {
    waiting.forEach((resolve) => resolve(null));
    waiting.clear();
    worker = null;
  };
  return worker;
}
