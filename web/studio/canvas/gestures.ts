/** Pointers on the board: drag, resize by handles, pinch; or strokes of a mask. */

import type { Point } from "../logic/types";
import type { App } from "../state/app.svelte";
import { growsAbout, placeMoved, placeResized, quadNow } from "../state/moving";
import { anchorOf, type Board } from "./board";
import type { Place } from "../logic/types";

interface Grip {
  id: string;
  kind: "move" | "resize" | "pinch";
  from: Point;
  place: Place;
  anchor: Point;
  span: number; // distance to the anchor, or between two fingers, at the beginning
}

export class Gestures {
  readonly #pointers = new Map<number, Point>();
  #grip: Grip | null = null;
  #changes = false;

  constructor(
    readonly board: Board,
    readonly app: App,
  ) {}

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const point = this.board.at(event);
    this.#pointers.set(event.pointerId, point);
    if (this.app.view === "mask") return this.app.painting.down(point);
    if (this.#pointers.size === 2) return this.#pinch();
    const { document } = this.app;
    const resizes = this.board.onHandle(point, event.pointerType === "touch" ? 2.6 : 1.6);
    const id = resizes ? document.selectedId : this.board.productAt(point);
    document.selectedId = id;
    if (id !== null) this.#take(id, resizes ? "resize" : "move", point);
  }

  move(event: PointerEvent): void {
    if (!this.#pointers.has(event.pointerId)) return;
    const point = this.board.at(event);
    this.#pointers.set(event.pointerId, point);
    if (this.app.view === "mask") return this.app.painting.move(point);
    const grip = this.#grip;
    const product = grip && this.app.document.find(grip.id);
    const facts = this.app.room?.facts;
    if (!grip || !product || !facts) return;
    this.app.lighting.dragging = true;
    this.#changes = true;
    const place =
      grip.kind === "move"
        ? placeMoved(product, grip.place, point[0] - grip.from[0], point[1] - grip.from[1], facts)
        : placeResized(product, grip.place, this.#span(grip, point) / Math.max(grip.span, 1), facts);
    this.app.document.change(grip.id, { place, mask: null }, grip.kind);
  }

  up(event: PointerEvent): void {
    this.#pointers.delete(event.pointerId);
    if (this.app.view === "mask") return this.app.painting.up();
    const grip = this.#grip;
    this.#grip = null;
    if (grip === null) return;
    this.app.document.settle();
    if (this.#changes) this.app.lighting.rest(grip.id);
    this.#changes = false;
  }

  #take(id: string, kind: "move" | "resize", from: Point): void {
    const product = this.app.document.find(id);
    const facts = this.app.room?.facts;
    const quad = product && facts && quadNow(product, facts);
    if (!product || !quad) return;
    const anchor = anchorOf(quad, growsAbout(product));
    const span = Math.hypot(from[0] - anchor[0], from[1] - anchor[1]);
    this.#grip = { id, kind, from, place: product.place, anchor, span };
  }

  #pinch(): void {
    const id = this.app.document.selectedId;
    const [one, other] = [...this.#pointers.values()];
    const product = id === null ? null : this.app.document.find(id);
    if (!id || !product || !one || !other) return;
    this.app.document.settle();
    const span = Math.hypot(one[0] - other[0], one[1] - other[1]);
    this.#grip = { id, kind: "pinch", from: one, place: product.place, anchor: one, span };
  }

  #span(grip: Grip, point: Point): number {
    if (grip.kind === "resize") return Math.hypot(point[0] - grip.anchor[0], point[1] - grip.anchor[1]);
    const [one, other] = [...this.#pointers.values()];
    return one && other ? Math.hypot(one[0] - other[0], one[1] - other[1]) : grip.span;
  }
}
