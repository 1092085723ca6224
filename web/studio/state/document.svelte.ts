/** The products in the room: every change is a step that can be undone. */

import { begun, changed, type History, redone, settled, undone } from "../logic/history";
import { clamp } from "../logic/perspective";
import type { Stroke } from "../logic/strokes";
import type { Place, Surface } from "../logic/types";
import type { Cutout } from "./cutouts";
import type { Picture } from "./pictures";

export interface Product {
  readonly id: string;
  readonly title: string;
  readonly prompt: string;
  readonly photo: Picture;
  readonly cutout: Cutout;
  readonly surface: Surface;
  readonly place: Place;
  readonly flipped: boolean;
  readonly hidden: boolean;
  readonly widthCm: number | null;
  readonly heightCm: number | null;
  readonly mask: readonly Stroke[] | null; // painted in place of standing where it was dragged
}

let count = 0;

export class Document {
  #history = $state.raw<History<readonly Product[]>>(begun([]));
  selectedId = $state<string | null>(null);

  get products(): readonly Product[] {
    return this.#history.present;
  }
  get visible(): readonly Product[] {
    return this.products.filter((product) => !product.hidden);
  }
  get selected(): Product | null {
    return this.products.find(({ id }) => id === this.selectedId) ?? null;
  }
  get canUndo(): boolean {
    return this.#history.past.length > 0;
  }
  get canRedo(): boolean {
    return this.#history.future.length > 0;
  }

  find(id: string): Product | undefined {
    return this.products.find((product) => product.id === id);
  }

  add(product: Omit<Product, "id" | "hidden" | "flipped" | "widthCm" | "heightCm" | "mask">): Product {
    count += 1;
    const added = { hidden: false, flipped: false, widthCm: null, heightCm: null, mask: null, ...product, id: `product-${count}` };
    this.#step([...this.products, added]);
    this.selectedId = added.id;
    return added;
  }

  /** Change one product; changes under the same gesture are undone together. */
  change(id: string, patch: Partial<Product>, gesture: string | null = null): void {
    const next = this.products.map((product) => (product.id === id ? { ...product, ...patch } : product));
    this.#step(next, gesture === null ? null : `${gesture} ${id}`);
  }

  /** What the server decided (a place): it belongs to the step before, and is none of its own. */
  adopt(id: string, patch: Partial<Product>): void {
    const present = this.products.map((product) => (product.id === id ? { ...product, ...patch } : product));
    this.#history = { ...this.#history, present };
  }

  remove(id: string): void {
    const index = this.products.findIndex((product) => product.id === id);
    const rest = this.products.filter((product) => product.id !== id);
    this.#step(rest);
    if (this.selectedId === id) this.selectedId = rest[clamp(index, 0, rest.length - 1)]?.id ?? null;
  }

  duplicate(id: string): void {
    const source = this.find(id);
    if (source === undefined) return;
    const { place } = source;
    const beside: Place =
      place.how === "upright" ? { ...place, x: place.x + place.height * 0.45 } : { ...place, u: place.u + place.width * 0.6 };
    this.add({ ...source, title: `${source.title.replace(/ \(copy\)$/, "")} (copy)`, place: beside });
  }

  settle(): void {
    this.#history = settled(this.#history);
  }
  undo(): void {
    this.#history = undone(this.#history);
    this.#reselect();
  }
  redo(): void {
    this.#history = redone(this.#history);
    this.#reselect();
  }
  clear(): void {
    this.#history = begun([]);
    this.selectedId = null;
  }

  #step(next: readonly Product[], gesture: string | null = null): void {
    this.#history = changed(this.#history, next, gesture);
  }
  #reselect(): void {
    if (this.selected === null) this.selectedId = this.products.at(-1)?.id ?? null;
  }
}
