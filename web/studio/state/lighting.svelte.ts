/** Lit previews of each product, the latest wish first, one request at a time for each. */

import { Refusal } from "../../shared/api";
import { type LitLayer, litLayer } from "../canvas/lit";
import { promptFor } from "../logic/kinds";
import { placeOf } from "../logic/places";
import type { Point, Quad, RoomFacts } from "../logic/types";
import { type Fields, type Preview, preview } from "../server/studio";
import { spriteOf } from "./cutouts";
import type { Document, Product } from "./document.svelte";
import { maskOf } from "./masks";
import type { Grounds, Room } from "./room.svelte";

export interface Lit {
  product: Product; // as it was when the preview was asked for
  layer: LitLayer;
  warnings: string[];
  sizeCm: [number, number] | null;
}

/** While it is dragged: coarser all over, and what is in the way is looked for at rest. */
const DRAFT = { draft: "true", steps: "10", remove: "false" } as const;

interface Answered {
  answer: Preview;
  grounds: Grounds; // that it was staged into
}

interface Underway {
  controller: AbortController;
  wanted: Product;
}

export class Lighting {
  lit = $state.raw<ReadonlyMap<string, Lit>>(new Map());
  problems = $state.raw<ReadonlyMap<string, string>>(new Map());
  dragging = $state(false);
  readonly #document: Document;
  readonly #settings: () => Fields;
  readonly #room: () => Room | null;
  readonly #underway = new Map<string, Underway>();

  constructor(document: Document, room: () => Room | null, settings: () => Fields) {
    this.#document = document;
    this.#room = room;
    this.#settings = settings;
  }

  /** Ask for what is not lit as it stands; call at every change. */
  follow(): void {
    const products = this.#document.visible;
    for (const [id, { controller }] of this.#underway) {
      if (!products.some((product) => product.id === id)) controller.abort();
    }
    const kept = [...this.lit].filter(([id]) => this.#document.find(id) !== undefined);
    if (kept.length < this.lit.size) this.lit = new Map(kept);
    for (const product of products) if (!this.isFresh(product)) this.#ask(product);
  }

  /** Whether the product is shown as the server lights it where it stands. */
  isFresh(product: Product): boolean {
    return this.lit.get(product.id)?.product === product;
  }

  forget(): void {
    this.#underway.forEach(({ controller }) => controller.abort());
    this.lit = new Map();
    this.problems = new Map();
  }

  /** The hand has let go: once more, with a look for what stands in the way. */
  rest(id: string): void {
    this.dragging = false;
    const lit = this.lit.get(id);
    if (lit) this.lit = new Map(this.lit).set(id, { ...lit, product: { ...lit.product } });
    this.follow();
  }

  /** Everything again: the settings are others. */
  again(): void {
    this.lit = new Map([...this.lit].map(([id, lit]) => [id, { ...lit, product: { ...lit.product } }]));
    this.follow();
  }

  #ask(product: Product): void {
    const running = this.#underway.get(product.id);
    if (running) {
      running.wanted = product; // the next request is for it: this one is nearly there
      return;
    }
    const underway = { controller: new AbortController(), wanted: product };
    this.#underway.set(product.id, underway);
    void this.#pump(underway).finally(() => this.#underway.delete(product.id));
  }

  async #pump(underway: Underway): Promise<void> {
    const { signal } = underway.controller;
    for (;;) {
      const asked = underway.wanted;
      try {
        const begun = performance.now();
        const { dragging } = this;
        const answered = await this.#request(asked, signal);
        // The next one is under way while this one is made ready to be drawn.
        void this.#take(asked, answered, signal)
          .then(() => performance.measure("roomstage: lit preview", { start: begun, detail: { dragging } }))
          .catch((error: unknown) => this.#failed(asked, error, signal));
      } catch (error) {
        this.#failed(asked, error, signal);
      }
      if (signal.aborted || underway.wanted === asked) return;
    }
  }

  async #request(asked: Product, signal: AbortSignal): Promise<Answered> {
    const room = this.#room() as Room;
    const { dragging } = this;
    const copy = await room.ready;
    const grounds = dragging ? copy.draft : copy;
    const sprite = spriteOf(asked.cutout, asked.flipped);
    const mask = await maskOf(asked, room.facts as RoomFacts, grounds);
    const fields: Record<string, string | Blob> = {
      ...this.#settings(),
      ...trueSize(asked),
      prompt: promptFor(asked.prompt, asked.surface),
      main_image: copy.link,
      overlay_image: await (dragging ? sprite.draft : sprite.link),
    };
    if (mask !== null) fields["main_image_mask"] = mask;
    if (dragging) Object.assign(fields, DRAFT);
    return { answer: await preview(fields, signal), grounds };
  }

  async #take(asked: Product, { answer, grounds }: Answered, signal: AbortSignal): Promise<void> {
    const { blob, metadata, warnings } = answer;
    const image = await createImageBitmap(blob);
    const room = this.#room();
    if (signal.aborted || !room) return;
    const { corners, size_cm: sizeCm = null } = metadata.placement ?? {};
    const layer = layerOf(image, grounds, spriteOf(asked.cutout, asked.flipped).image, corners, room.picture.width);
    image.close();
    if (layer !== null) this.#show(asked, { product: asked, layer, warnings, sizeCm }, room);
    this.#note(asked.id, null);
  }

  #failed(asked: Product, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#note(asked.id, error instanceof Refusal ? error.message : "The preview failed: move the product to try again.");
  }

  #show(asked: Product, lit: Lit, room: Room): void {
    let product = asked;
    const decided = asked.mask !== null || asked.widthCm !== null || asked.heightCm !== null;
    const current = this.#document.find(asked.id);
    if (decided && current === asked && room.facts) {
      const place = placeOf(lit.layer.quad, asked.surface, room.facts);
      if (place !== null) {
        this.#document.adopt(asked.id, { place });
        product = this.#document.find(asked.id) ?? asked;
      }
    }
    this.lit = new Map(this.lit).set(asked.id, { ...lit, product });
  }

  #note(id: string, problem: string | null): void {
    if ((this.problems.get(id) ?? null) === problem) return;
    const next = new Map(this.problems);
    if (problem === null) next.delete(id);
    else next.set(id, problem);
    this.problems = next;
  }
}

export function trueSize({ widthCm, heightCm }: Product): Record<string, string> {
  return {
    ...(widthCm === null ? {} : { overlay_width_cm: String(widthCm) }),
    ...(heightCm === null ? {} : { overlay_height_cm: String(heightCm) }),
  };
}

function layerOf(image: ImageBitmap, grounds: Grounds, sprite: HTMLCanvasElement, corners: readonly Point[] | undefined, width: number): LitLayer | null {
  const [a, b, c, d] = corners ?? [];
  if (!a || !b || !c || !d) return null;
  const quad: Quad = [a, b, c, d];
  return litLayer(image, grounds, sprite, quad, width / image.width);
}
