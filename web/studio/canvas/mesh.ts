/** A picture drawn through a perspective map, triangle by triangle. */

import { ofSquare, through } from "../logic/homography";
import type { Point, Quad } from "../logic/types";

const CELLS = 10; // along each side; more are not seen
const OVERLAP = 0.6; // pixels that triangles reach over each other, so that no seam shows

/** Draw the part of `image` under the quad `from` so that it lies under the quad `to`. */
export function drawWarped(pen: CanvasRenderingContext2D, image: CanvasImageSource, from: Quad, to: Quad): void {
  const source = ofSquare(from);
  const target = ofSquare(to);
  const at = (column: number, row: number): [Point, Point] => {
    const point: Point = [column / CELLS, row / CELLS];
    return [through(source, point) ?? [0, 0], through(target, point) ?? [0, 0]];
  };
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      const corners = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)] as const;
      triangle(pen, image, corners[0], corners[1], corners[2]);
      triangle(pen, image, corners[0], corners[2], corners[3]);
    }
  }
}

type Pair = readonly [source: Point, target: Point];

function triangle(pen: CanvasRenderingContext2D, image: CanvasImageSource, a: Pair, b: Pair, c: Pair): void {
  const [[ax, ay], [bx, by], [cx, cy]] = [a[0], b[0], c[0]];
  const [[AX, AY], [BX, BY], [CX, CY]] = [a[1], b[1], c[1]];
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  if (Math.abs(area) < 1e-6) return;
  const m11 = ((BX - AX) * (cy - ay) - (CX - AX) * (by - ay)) / area;
  const m21 = ((CX - AX) * (bx - ax) - (BX - AX) * (cx - ax)) / area;
  const m12 = ((BY - AY) * (cy - ay) - (CY - AY) * (by - ay)) / area;
  const m22 = ((CY - AY) * (bx - ax) - (BY - AY) * (cx - ax)) / area;
  const [mx, my] = [(AX + BX + CX) / 3, (AY + BY + CY) / 3];
  pen.save();
  pen.beginPath();
  for (const [x, y] of [a[1], b[1], c[1]]) {
    const away = Math.hypot(x - mx, y - my) || 1;
    pen.lineTo(x + ((x - mx) / away) * OVERLAP, y + ((y - my) / away) * OVERLAP);
  }
  pen.clip();
  pen.transform(m11, m12, m21, m22, AX - m11 * ax - m21 * ay, AY - m12 * ax - m22 * ay);
  pen.drawImage(image, 0, 0);
  pen.restore();
}
