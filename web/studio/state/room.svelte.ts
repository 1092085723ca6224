/** The room's photo, a small copy of it for previews, and what its analysis told. */

import type { RoomFacts } from "../logic/types";
import { analyse, upload } from "../server/studio";
import { type Picture, pixelsOf, scaledDown } from "./pictures";
import { blobOf } from "./encoder";

const PREVIEW_SIDE = 1024;
const DRAFT_SIDE = 768;

/** A copy that previews are staged into, and its pixels. */
export interface Copy {
  link: string;
  width: number;
  height: number;
  pixels: ImageData; // perhaps coarser than the copy, by `step`
  step: number;
}

export class Room {
  readonly picture: Picture;
  facts = $state.raw<RoomFacts>();
  draft: Copy | null = null; // smaller, for previews that follow a hand; null until it is known, too
  known = $state(false); // whether the facts are the analysis' and not a guess
  failed = $state(false); // the analysis did not come: without it nothing can be placed
  readonly ready: Promise<Copy>;
  #stop = new AbortController();
  #link: Promise<string> | null = null;

  constructor(picture: Picture) {
    this.picture = picture;
    this.facts = guessed(picture);
    this.ready = this.#prepare().catch((error: unknown) => {
      this.failed = true;
      throw error;
    });
  }

  /** A link to the photo at full size, uploaded at the first staging unless the server has it. */
  link(): Promise<string> {
    if (this.picture.link !== null) return Promise.resolve(this.picture.link);
    this.#link ??= upload(this.picture.blob, "room").catch((error: unknown) => {
      this.#link = null; // the next staging tries again
      throw error;
    });
    return this.#link;
  }

  close(): void {
    this.#stop.abort();
  }

  async #prepare(): Promise<Copy> {
    const copy = await copyOf(this.picture, PREVIEW_SIDE, 1);
    this.facts = await analyse(copy.link, this.picture.width, this.#stop.signal);
    this.known = true;
    void this.#prepareDraft().catch(() => undefined); // without it the larger copy does
    return copy;
  }

  async #prepareDraft(): Promise<void> {
    const copy = await copyOf(this.picture, DRAFT_SIDE, 2);
    await analyse(copy.link, this.picture.width, this.#stop.signal); // so that a worker knows it
    this.draft = copy;
  }
}

async function copyOf(picture: Picture, side: number, step: number): Promise<Copy> {
  const blob = await blobOf(scaledDown(picture, side), "image/jpeg", 0.92);
  const image = await createImageBitmap(blob);
  const { width, height } = image;
  const pixels = pixelsOf(image, [0, 0, width - (width % step), height - (height % step)], step);
  image.close();
  return { link: await upload(blob, "room.jpg"), width, height, pixels, step };
}

/** A level camera at 1.4 m, until more is known. */
function guessed({ width, height }: Picture): RoomFacts {
  return { width, height, horizon: 0.42 * height, focal: 0.8 * width, cameraHeight: 1.4, planes: [], warnings: [] };
}
