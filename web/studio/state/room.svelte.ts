/** The room's photo, a small copy of it for previews, and what its analysis told. */

import type { RoomFacts, Size } from "../logic/types";
import { analyse, upload } from "../server/studio";
import { cropped, type Picture, pixelsOf, scaledDown } from "./pictures";
import { blobOf } from "./encoder";

const PREVIEW_SIDE = 1024;
const DRAFT_SIDE = 768;

/** What a preview is staged into. */
export interface Grounds extends Size {
  pixels: ImageData; // perhaps coarser, by `step`
  step: number;
}

/** The copy that the server has, and what it makes of it while a hand moves something. */
export interface Copy extends Grounds {
  link: string;
  draft: Grounds;
}

export class Room {
  readonly picture: Picture;
  facts = $state.raw<RoomFacts>();
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
    const copy = { link: await upload(blob, "room.jpg"), ...whole(image), draft: draftOf(image) };
    image.close();
    this.facts = await analyse(copy.link, this.picture.width, this.#stop.signal);
    this.known = true;
    return copy;
  }
}

function whole(image: ImageBitmap): Grounds {
  const { width, height } = image;
  return { width, height, pixels: pixelsOf(image, [0, 0, width, height], 1), step: 1 };
}

/** What the server makes of the copy for a draft, at half its size: the shadow is looked for there. */
function draftOf(image: ImageBitmap): Grounds {
  const canvas = cropped(image, [0, 0, image.width, image.height], DRAFT_SIDE);
  const { width, height } = canvas;
  return { width, height, pixels: pixelsOf(canvas, [0, 0, width - (width % 2), height - (height % 2)], 2), step: 2 };
}

/** A level camera at 1.4 m, until more is known. */
function guessed({ width, height }: Picture): RoomFacts {
  return { width, height, horizon: 0.42 * height, focal: 0.8 * width, cameraHeight: 1.4, planes: [], warnings: [] };
}
