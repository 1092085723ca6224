/** The whole studio's state, and what happens when something fails. */

import { Refusal } from "../../shared/api";
import { inWords } from "../logic/wording";
import { download, type Sample, type Samples, samples } from "../server/studio";
import { Arrivals } from "./arrivals.svelte";
import { Document } from "./document.svelte";
import { keep } from "./keeping";
import { Lighting } from "./lighting.svelte";
import { Painting } from "./painting.svelte";
import { type Picture, pictureOf } from "./pictures";
import { Room } from "./room.svelte";
import { Settings } from "./settings.svelte";
import { type Result, Staging } from "./staging.svelte";

export type View = "arrange" | "cutout" | "mask" | "result";
export interface Notice {
  text: string;
  tone: "bad" | "good";
}

export class App {
  room = $state.raw<Room | null>(null);
  opening = $state(false);
  view = $state<View>("arrange");
  editing = $state<{ product: string } | { arrival: number } | null>(null); // whose cut-out
  results = $state.raw<Result[]>([]); // of the last staging, with its variants
  shown = $state(0);
  notice = $state.raw<Notice | null>(null);
  spoken = $state(""); // for screen readers
  kept = $state(0); // stagings that went into the history since the page was opened
  needsKey = $state(false);
  samples = $state.raw<Samples | null>(null);

  readonly document = new Document();
  readonly settings = new Settings();
  readonly painting = new Painting();
  readonly staging = new Staging(this.settings);
  readonly arrivals = new Arrivals(this.document, () => this.room, (error) => this.failed(error));
  readonly lighting = new Lighting(this.document, () => this.room, () => this.settings.forPreview());

  async load(): Promise<void> {
    const trouble = (error: unknown) => this.failed(error);
    const [found] = await Promise.all([samples().catch(trouble), this.settings.load().catch(trouble)]);
    this.samples = found ?? { rooms: [], products: [] };
  }

  /** Start over with another room; the products stay if `keepProducts`. */
  async openRoom(read: () => Promise<Picture>): Promise<void> {
    this.opening = true;
    try {
      const picture = await read();
      this.room?.close();
      this.lighting.forget();
      this.document.clear();
      this.results = [];
      this.view = "arrange";
      const room = new Room(picture);
      this.room = room;
      this.say(`Room ${picture.title} is open. Add a product.`);
      const [had, has] = [picture.megapixels, (picture.width * picture.height) / 1e6];
      if (had > has + 0.5) this.tell(`The photo has ${had.toFixed(0)} megapixels, more than can be staged: it was made smaller, to ${has.toFixed(0)}.`, "good");
      room.ready.catch((error: unknown) => {
        if (this.room === room) this.failed(error);
      });
    } catch (error) {
      this.failed(error);
    } finally {
      this.opening = false;
    }
  }
  openFile(file: File): Promise<void> {
    return this.openRoom(() => pictureOf(file, file.name));
  }
  openSample(sample: Sample): Promise<void> {
    const link = new URL(sample.url, location.origin).href;
    return this.openRoom(async () => pictureOf(await download(sample.url), sample.title, link));
  }
  closeRoom(): void {
    this.room?.close();
    this.room = null;
    this.lighting.forget();
    this.document.clear();
    this.results = [];
    this.view = "arrange";
  }

  /** Photos that were dropped, pasted or chosen: the room first, then products. */
  async take(files: File[]): Promise<void> {
    const [first, ...rest] = files;
    if (first === undefined) return;
    if (this.view === "result") this.view = "arrange";
    let products = files;
    if (this.room === null) {
      await this.openFile(first);
      products = rest;
    }
    if (this.room !== null) await Promise.all(products.map((file) => this.arrivals.file(file)));
  }

  async stage(over: Record<string, string> = {}, label = "Staging", more = false): Promise<void> {
    const room = this.room;
    const products = this.document.visible;
    if (room === null || products.length === 0 || this.staging.running) return;
    try {
      const result = await this.staging.run(room, products, over, label);
      this.results = more ? [...this.results, result] : [result];
      this.shown = this.results.length - 1;
      this.view = "result";
      this.say(`Staged in ${result.seconds.toFixed(1)} seconds.`);
      await this.#keep(result);
    } catch (error) {
      this.failed(error);
    }
  }

  async #keep(result: Result): Promise<void> {
    try {
      await keep(result);
      this.kept += 1;
    } catch {
      this.tell("The picture is ready, but this browser keeps no history of it.", "bad");
    }
  }

  /** Show what went wrong, in the server's words. */
  failed(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return this.tell("Cancelled. What had not been finished costs nothing.", "good");
    if (error instanceof Refusal && error.status === 401) {
      this.needsKey = true;
      return;
    }
    this.tell(error instanceof Refusal ? error.message : "Something went wrong in this page: reload it and try again.", "bad");
    if (!(error instanceof Refusal)) console.error(error);
  }
  tell(text: string, tone: Notice["tone"]): void {
    this.notice = { text: inWords(text), tone };
  }
  /** There is a key now: do again what the server refused without one. */
  retry(): void {
    const { room } = this;
    if (this.settings.fields.length === 0) void this.load();
    if (room !== null && !room.known) void this.openRoom(() => Promise.resolve(room.picture));
    else this.lighting.follow();
  }
  say(text: string): void {
    this.spoken = text;
  }
}

export const app = new App();
