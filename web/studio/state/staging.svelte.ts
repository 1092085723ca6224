/** Staging for good: one product after the other, farthest first, and what came of it. */

import { Refusal } from "../../shared/api";
import { farthestFirst } from "../logic/depth";
import { promptFor } from "../logic/kinds";
import { cornersOf } from "../logic/places";
import type { Told } from "../logic/report";
import { stepInWords } from "../logic/report";
import type { RoomFacts } from "../logic/types";
import { stage } from "../server/jobs";
import { download } from "../server/studio";
import { aspectOf, fullCutout } from "./cutouts";
import type { Product } from "./document.svelte";
import { trueSize } from "./lighting.svelte";
import { maskOf } from "./masks";
import { type Picture, pictureOf } from "./pictures";
import type { Room } from "./room.svelte";
import { MODEL, type Settings } from "./settings.svelte";

/** What went into one product's staging, kept for the ZIP. */
export interface Part {
  title: string;
  cutout: Blob;
  mask: Blob;
  told: Told;
}

export interface Result {
  id: string;
  label: string; // what sets it apart from its variants
  when: number;
  picture: Picture;
  original: Picture;
  parts: Part[];
  settings: Record<string, string>;
  seconds: number; // as the person waited
}

export class Staging {
  running = $state(false);
  share = $state(0);
  words = $state("");
  glimpse = $state<string | null>(null); // a small picture of what is being made
  #stop = new AbortController();
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  cancel(): void {
    this.#stop.abort();
  }

  /** Stage `products` into the room; raises what the server refuses, or AbortError. */
  async run(room: Room, products: readonly Product[], over: Record<string, string> = {}, label = "Staging"): Promise<Result> {
    this.#stop = new AbortController();
    this.running = true;
    this.share = 0;
    this.words = "Sending the pictures";
    this.glimpse = null;
    try {
      return await this.#all(room, products, over, label);
    } finally {
      this.running = false;
    }
  }

  async #all(room: Room, products: readonly Product[], over: Record<string, string>, label: string): Promise<Result> {
    const begun = performance.now();
    const settings = this.#settings.told(over);
    const order = inOrder(products, room.facts as RoomFacts);
    const parts: Part[] = [];
    let link = await room.link();
    for (const [index, product] of order.entries()) {
      const last = index === order.length - 1;
      const name = order.length > 1 ? ` (${product.title}, ${index + 1} of ${order.length})` : "";
      const lossless: Record<string, string> = last ? {} : { image_format: "png" }; // the next product is staged into it
      const [cutout, mask] = await Promise.all([fullCutout(product.cutout, product.flipped), maskBlob(product, room)]);
      const done = await stage(
        MODEL,
        {
          ...settings,
          ...lossless,
          ...trueSize(product),
          prompt: promptFor(product.prompt, product.surface),
          main_image: link,
          overlay_image: cutout,
          main_image_mask: mask,
        },
        ({ step, fraction, preview }) => {
          this.share = (index + fraction) / order.length;
          this.words = stepInWords(step) + name;
          if (preview) this.glimpse = preview;
        },
        this.#stop.signal,
      );
      link = done.link;
      const { metadata, warnings, seconds } = done;
      const trueTold = product.widthCm !== null || product.heightCm !== null;
      parts.push({ title: product.title, cutout, mask, told: { title: product.title, metadata, warnings, seconds, trueSize: trueTold } });
    }
    this.words = "Fetching the picture";
    this.share = 1;
    const picture = await pictureOf(await download(link), "Staged room");
    const seconds = (performance.now() - begun) / 1000;
    performance.measure("roomstage: staging", { start: begun, detail: { products: order.length } });
    return { id: crypto.getRandomValues(new Uint32Array(2)).join("-"), label, when: Date.now(), picture, original: room.picture, parts, settings, seconds };
  }
}

async function maskBlob(product: Product, room: Room): Promise<Blob> {
  const mask = await maskOf(product, room.facts as RoomFacts, room.picture);
  if (mask !== null) return mask;
  throw new Refusal(`${product.title} is out of view: move it back into the room.`, "out_of_view", null, 0);
}

/** From far to near, as they are drawn and as they are staged. */
export function inOrder(products: readonly Product[], facts: RoomFacts): Product[] {
  const standing = products.map((product) => {
    const corners = cornersOf(product.place, aspectOf(product.cutout), facts, product.surface === "ceiling");
    const xs = corners?.map(([x]) => x) ?? [0];
    const ys = corners?.map(([, y]) => y) ?? [0];
    return { product, surface: product.surface, foot: Math.max(...ys), top: Math.min(...ys), left: Math.min(...xs), right: Math.max(...xs) };
  });
  return farthestFirst(standing).map(({ product }) => product);
}
