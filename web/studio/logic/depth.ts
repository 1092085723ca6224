/** Which product is before which. */

import type { Surface } from "./types";

export interface Standing {
  surface: Surface;
  foot: number; // the row of its foot, or of its lowest corner
  left: number;
  right: number;
  top: number;
}

const LAYER: Readonly<Record<Surface, number>> = { wall: 0, ceiling: 1, rug: 2, floor: 3, table: 3 };

/** The products from far to near: what hangs, what lies, then what stands by the row of its foot. */
export function farthestFirst<T extends Standing>(products: readonly T[]): T[] {
  return [...products].sort(
    (one, other) =>
      LAYER[one.surface] - LAYER[other.surface] || nearness(one, products) - nearness(other, products),
  );
}

/** The row that counts: what stands on a piece is as near as that piece, and before it. */
function nearness(product: Standing, all: readonly Standing[]): number {
  if (product.surface !== "table") return product.foot;
  const middle = (product.left + product.right) / 2;
  const carriers = all.filter(
    (each) =>
      each.surface === "floor" &&
      each.left <= middle &&
      middle <= each.right &&
      each.top <= product.foot &&
      product.foot <= each.foot,
  );
  return Math.max(product.foot, ...carriers.map((each) => each.foot + 0.5));
}
