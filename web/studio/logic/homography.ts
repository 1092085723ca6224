/** Plane-to-plane maps by 3 x 3 matrices. */

import type { Matrix, Point } from "./types";

function at(m: Matrix, row: number, column: number): number {
  return m[row]?.[column] ?? 0;
}

/** Where a point is taken; null where it would be at infinity or behind the camera. */
export function through(m: Matrix, [x, y]: Point): Point | null {
  const w = at(m, 2, 0) * x + at(m, 2, 1) * y + at(m, 2, 2);
  if (Math.abs(w) < 1e-9) return null;
  return [
    (at(m, 0, 0) * x + at(m, 0, 1) * y + at(m, 0, 2)) / w,
    (at(m, 1, 0) * x + at(m, 1, 1) * y + at(m, 1, 2)) / w,
  ];
}

/** The third homogeneous coordinate: its sign tells before the camera from behind. */
export function depthOf(m: Matrix, [x, y]: Point): number {
  return at(m, 2, 0) * x + at(m, 2, 1) * y + at(m, 2, 2);
}

/** The inverse, by cofactors; null of a map that loses a dimension. */
export function inverse(m: Matrix): Matrix | null {
  const [a, b, c] = [at(m, 0, 0), at(m, 0, 1), at(m, 0, 2)];
  const [d, e, f] = [at(m, 1, 0), at(m, 1, 1), at(m, 1, 2)];
  const [g, h, i] = [at(m, 2, 0), at(m, 2, 1), at(m, 2, 2)];
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * A + b * B + c * C;
  if (Math.abs(determinant) < 1e-12) return null;
  return [
    [A, c * h - b * i, b * f - c * e],
    [B, a * i - c * g, c * d - a * f],
    [C, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((value) => value / determinant));
}

export function times(m: Matrix, n: Matrix): Matrix {
  return [0, 1, 2].map((row) =>
    [0, 1, 2].map((column) =>
      [0, 1, 2].reduce((sum, k) => sum + at(m, row, k) * at(n, k, column), 0),
    ),
  );
}

/** The map of the same picture at another size. */
export function scaledImage(m: Matrix, factor: number): Matrix {
  return m.map((row, index) => (index < 2 ? row.map((value) => value * factor) : [...row]));
}

/** The map of the unit square's corners (0,0) (1,0) (1,1) (0,1) to four points. */
export function ofSquare(quad: readonly [Point, Point, Point, Point]): Matrix {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = quad;
  const [dx1, dx2, dx3] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, dy3] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const area = dx1 * dy2 - dx2 * dy1;
  const g = area === 0 ? 0 : (dx3 * dy2 - dx2 * dy3) / area;
  const h = area === 0 ? 0 : (dx1 * dy3 - dx3 * dy1) / area;
  return [
    [x1 - x0 + g * x1, x3 - x0 + h * x3, x0],
    [y1 - y0 + g * y1, y3 - y0 + h * y3, y0],
    [g, h, 1],
  ];
}
