/** A mask while it is painted: strokes with their own undo. */

import { begun, changed, type History, redone, undone } from "../logic/history";
import { marks, type Stroke, type Tool } from "../logic/strokes";
import type { Point } from "../logic/types";

export class Painting {
  tool = $state<Tool>("brush");
  erases = $state(false);
  radius = $state(40); // pixels of the photo
  #history = $state.raw<History<readonly Stroke[]>>(begun([]));
  #current = $state.raw<Stroke | null>(null);

  get strokes(): readonly Stroke[] {
    return this.#current === null ? this.#history.present : [...this.#history.present, this.#current];
  }
  get isEmpty(): boolean {
    return !this.#history.present.some((stroke) => !stroke.erases);
  }
  get canUndo(): boolean {
    return this.#history.past.length > 0;
  }
  get canRedo(): boolean {
    return this.#history.future.length > 0;
  }

  begin(strokes: readonly Stroke[], radius: number): void {
    this.#history = begun(strokes);
    this.#current = null;
    this.radius = radius;
    this.erases = false;
  }
  down(point: Point): void {
    this.#current = { tool: this.tool, erases: this.erases, points: [point], radius: this.radius };
  }
  move(point: Point): void {
    const now = this.#current;
    if (now === null) return;
    const points = now.tool === "box" ? [now.points[0] as Point, point] : [...now.points, point];
    this.#current = { ...now, points };
  }
  up(): void {
    const done = this.#current;
    this.#current = null;
    if (done !== null && marks(done)) this.#history = changed(this.#history, [...this.#history.present, done]);
  }
  clear(): void {
    if (this.strokes.length > 0) this.#history = changed(this.#history, []);
  }
  undo(): void {
    this.#history = undone(this.#history);
  }
  redo(): void {
    this.#history = redone(this.#history);
  }
}
