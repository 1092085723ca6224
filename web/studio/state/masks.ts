/** The mask that tells the server where a product goes, drawn by the page. */

import { zlibSync } from "fflate";

import { maskFile } from "../logic/maskfile";
import { cornersOf } from "../logic/places";
import { draw } from "../logic/strokes";
import type { Point, RoomFacts, Size } from "../logic/types";
import { aspectOf } from "./cutouts";
import type { Product } from "./document.svelte";
import { blobOf } from "./encoder";
import { canvasOf } from "./pictures";

/** White where the product goes, black elsewhere, for a room's picture of `size`; null out of view. */
export async function maskOf(product: Product, facts: RoomFacts, { width, height }: Size): Promise<Blob | null> {
  const scale = width / facts.width;
  if (product.mask !== null) return painted(product.mask, { width, height }, scale);
  const corners = cornersOf(product.place, aspectOf(product.cutout), facts, product.surface === "ceiling");
  if (corners === null) return null;
  const outline = corners.map(([x, y]): Point => [x * scale, y * scale]);
  const file = maskFile({ width, height }, outline, (data) => zlibSync(data, { level: 1 }));
  return new Blob([file], { type: "image/png" });
}

function painted(strokes: NonNullable<Product["mask"]>, { width, height }: Size, scale: number): Promise<Blob> {
  const [canvas, pen] = canvasOf(width, height);
  pen.scale(scale, scale);
  draw(pen, strokes, "#fff");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.globalCompositeOperation = "destination-over"; // the ground comes last: erasing made holes
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, width, height);
  return blobOf(canvas);
}
