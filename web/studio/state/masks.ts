/** The mask that tells the server where a product goes, drawn by the page. */

import { cornersOf } from "../logic/places";
import { draw } from "../logic/strokes";
import type { RoomFacts, Size } from "../logic/types";
import { aspectOf } from "./cutouts";
import type { Product } from "./document.svelte";
import { canvasOf } from "./pictures";

/** White where the product goes, black elsewhere, for a room's picture of `size`. */
export function maskOf(product: Product, facts: RoomFacts, size: Size): HTMLCanvasElement | null {
  const [canvas, pen] = canvasOf(size.width, size.height);
  const scale = size.width / facts.width;
  if (product.mask !== null) {
    pen.scale(scale, scale);
    draw(pen, product.mask, "#fff");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.globalCompositeOperation = "destination-over"; // the ground comes last: erasing made holes
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    return canvas;
  }
  const corners = cornersOf(product.place, aspectOf(product.cutout), facts, product.surface === "ceiling");
  if (corners === null) return null;
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#fff";
  pen.beginPath();
  corners.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x * scale, y * scale) : pen.lineTo(x * scale, y * scale)));
  pen.closePath();
  pen.fill();
  return canvas;
}
