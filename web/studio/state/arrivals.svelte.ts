/** Product photos on their way into the room: read, cut out, given a first place. */

import { Refusal } from "../../shared/api";
import { nameFrom, promptFor, surfaceOf } from "../logic/kinds";
import { clearOf, middlePlace, placeOf } from "../logic/places";
import type { Place, Point, RoomFacts, Surface } from "../logic/types";
import { cutOut, download, preview, type Sample } from "../server/studio";
import { aspectOf, type Cutout, cutoutOf, spriteOf } from "./cutouts";
import type { Document } from "./document.svelte";
import { quadNow } from "./moving";
import { canvasOf, type Picture, pictureOf } from "./pictures";
import type { Room } from "./room.svelte";

export interface Arrival {
  id: number;
  title: string;
  prompt: string;
  photo: Picture | null;
  stage: "reading" | "cutting" | "placing" | "needs a box" | "failed";
  error: string | null;
}

let count = 0;

export class Arrivals {
  waiting = $state<Arrival[]>([]);
  readonly #document: Document;
  readonly #room: () => Room | null;
  readonly #failed: (error: unknown) => void;

  constructor(document: Document, room: () => Room | null, failed: (error: unknown) => void) {
    this.#document = document;
    this.#room = room;
    this.#failed = failed;
  }

  /** A photo from this machine. */
  file(file: File): Promise<void> {
    const title = nameFrom(file.name);
    return this.#take(title, title === "Product" ? "" : title.toLowerCase(), undefined, () => pictureOf(file, title));
  }

  /** One of the server's sample products. */
  sample(sample: Sample): Promise<void> {
    const link = new URL(sample.url, location.origin).href;
    const mask = sample.mask_url === undefined ? undefined : new URL(sample.mask_url, location.origin).href;
    return this.#take(sample.title, sample.prompt ?? sample.title, mask, async () =>
      pictureOf(await download(sample.url), sample.title, link),
    );
  }

  dismiss(id: number): void {
    this.waiting = this.waiting.filter((arrival) => arrival.id !== id);
  }

  /** Cut out what is in a box of the photo, whatever is around it. */
  cutAnew(photo: Picture, box: readonly [number, number, number, number]): Promise<Cutout> {
    return cut(photo, { box });
  }

  /** A cut-out that was made by hand: on into the room. */
  async accepted(id: number, cutout: Cutout): Promise<void> {
    const arrival = this.waiting.find((each) => each.id === id);
    if (!arrival?.photo) return;
    await this.#place(arrival, arrival.photo, cutout);
  }

  async #take(title: string, prompt: string, mask: string | undefined, read: () => Promise<Picture>): Promise<void> {
    count += 1;
    this.waiting.push({ id: count, title, prompt, photo: null, stage: "reading", error: null });
    const arrival = this.waiting.at(-1) as Arrival; // the reactive one
    try {
      const photo = await read();
      arrival.photo = photo;
      arrival.stage = "cutting";
      const cutout = await cut(photo, mask === undefined ? {} : { mask });
      await this.#place(arrival, photo, cutout);
    } catch (error) {
      this.#stopped(arrival, error);
    }
  }

  async #place(arrival: Arrival, photo: Picture, cutout: Cutout): Promise<void> {
    const room = this.#room();
    if (room === null) return this.dismiss(arrival.id);
    arrival.stage = "placing";
    const surface = surfaceOf(arrival.prompt);
    const found = await firstPlace(room, cutout, arrival.prompt, surface);
    const place = this.#besideOthers(found, cutout, surface, room);
    const { title, prompt } = arrival;
    this.#document.add({ title, prompt, photo, cutout, surface, place });
    this.dismiss(arrival.id);
  }

  #besideOthers(place: Place, cutout: Cutout, surface: Surface, room: Room): Place {
    const facts = room.facts as RoomFacts;
    const standing = this.#document.visible.filter((product) => product.surface === "floor");
    const quads = standing.map((product) => quadNow(product, facts)).filter((quad) => quad !== null);
    return clearOf(place, aspectOf(cutout), surface, quads, facts);
  }

  #stopped(arrival: Arrival, error: unknown): void {
    const refused = error instanceof Refusal ? error : null;
    arrival.stage = refused?.code === "cutout_not_found" ? "needs a box" : "failed";
    arrival.error = refused?.message ?? "Something went wrong with this photo: add it again.";
    if (refused === null || refused.status === 401) this.#failed(error);
  }
}

async function cut(photo: Picture, how: { mask?: string; box?: readonly [number, number, number, number] }): Promise<Cutout> {
  const begun = performance.now();
  const { blob, source } = await cutOut({ photo: photo.link ?? photo.blob, ...how }, new AbortController().signal);
  const image = await createImageBitmap(blob);
  const [canvas, pen] = canvasOf(image.width, image.height, true);
  pen.drawImage(image, 0, 0);
  image.close();
  const cutout = cutoutOf(canvas, source, blob);
  if (cutout === null) {
    const text = "Nothing is left of the product: draw a box around it.";
    throw new Refusal(text, "cutout_not_found", "overlay_image", 0);
  }
  performance.measure("roomstage: cut-out", { start: begun });
  return cutout;
}

/** Where the server would put it without a mask; else the middle of the floor or wall. */
async function firstPlace(room: Room, cutout: Cutout, prompt: string, surface: Surface): Promise<Place> {
  let facts = room.facts as RoomFacts;
  try {
    const copy = await room.ready;
    facts = room.facts as RoomFacts;
    const fields = {
      prompt: promptFor(prompt, surface),
      main_image: copy.link,
      overlay_image: await spriteOf(cutout, false).link,
      steps: "10",
    };
    const { metadata } = await preview(fields, new AbortController().signal);
    const scale = room.picture.width / copy.width;
    const corners = metadata.placement?.corners?.map(([x, y]): Point => [x * scale, y * scale]);
    const place = corners && placeOf(corners, surface, facts);
    if (place) return place;
  } catch (error) {
    if (error instanceof Refusal && (error.status === 401 || error.status === 0)) throw error;
  }
  return middlePlace(surface, aspectOf(cutout), facts);
}
