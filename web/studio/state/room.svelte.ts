/** The room's photo, a small copy of it for previews, and what its analysis told. */

import type { RoomFacts } from "../logic/types";
import { analyse, upload } from "../server/studio";
import { canvasOf, type Picture, scaledDown } from "./pictures";
import { blobOf } from "./encoder";

export const PREVIEW_SIDE = 1024;

/** The copy that previews are staged into, and its pixels. */
export interface Copy {
  link: string;
  width: number;
  height: number;
  pixels: ImageData;
}

export class Room {
  readonly picture: Picture;
  facts = $state.raw<RoomFacts>();
  copy = $state.raw<Copy | null>(null);
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
    const blob = await blobOf(scaledDown(this.picture, PREVIEW_SIDE), "image/jpeg", 0.92);
    const image = await createImageBitmap(blob);
    const [, pen] = canvasOf(image.width, image.height, true);
    pen.drawImage(image, 0, 0);
    const pixels = pen.getImageData(0, 0, image.width, image.height);
    const link = await upload(blob, "room.jpg");
    this.facts = await analyse(link, this.picture.width, this.#stop.signal);
    this.known = true;
    this.copy = { link, width: image.width, height: image.height, pixels };
    return this.copy;
  }
}

/** A level camera at 1.4 m, until more is known. */
function guessed({ width, height }: Picture): RoomFacts {
  return { width, height, horizon: 0.42 * height, focal: 0.8 * width, cameraHeight: 1.4, planes: [], warnings: [] };
}
