/** Keys on the board: the selected product moves, grows, turns over, goes. */

import type { App } from "../state/app.svelte";
import { placeMoved, placeResized } from "../state/moving";

const STEP = 1 / 160; // of the photo's width
const LEAP = 6; // steps, with shift
const GROWTH = 1.03;

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Whether the key was one of the board's. */
export function pressed(event: KeyboardEvent, app: App): boolean {
  const { document, room } = app;
  const product = document.selected;
  if (event.ctrlKey || event.metaKey || event.altKey || room?.facts === undefined) return false;
  if (event.key === "[" || event.key === "]") return selectNext(app, event.key === "]" ? 1 : -1);
  if (product === null) return false;
  const move = MOVES[event.key];
  if (move !== undefined) {
    const step = room.facts.width * STEP * (event.shiftKey ? LEAP : 1);
    const place = placeMoved(product, product.place, move[0] * step, move[1] * step, room.facts);
    document.change(product.id, { place, mask: null }, "keys");
    return true;
  }
  if (event.key === "+" || event.key === "=" || event.key === "-") {
    const factor = (event.key === "-" ? 1 / GROWTH : GROWTH) ** (event.shiftKey && event.key === "-" ? 3 : 1);
    document.change(product.id, { place: placeResized(product, product.place, factor, room.facts), mask: null }, "size keys");
    return true;
  }
  if (event.key === "f" || event.key === "F") {
    document.change(product.id, { flipped: !product.flipped });
    return true;
  }
  if (event.key === "Delete" || event.key === "Backspace") {
    document.remove(product.id);
    app.say(`${product.title} is deleted. Control Z brings it back.`);
    return true;
  }
  if (event.key === "Escape") {
    document.selectedId = null;
    return true;
  }
  return false;
}

function selectNext({ document }: App, step: number): boolean {
  const { products } = document;
  if (products.length === 0) return false;
  const index = products.findIndex(({ id }) => id === document.selectedId);
  const next = products[(index + step + products.length) % products.length];
  document.selectedId = next?.id ?? null;
  return true;
}
