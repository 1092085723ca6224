/** A picture that is panned and zoomed in a window. */

import { clamp } from "./perspective";
import type { Point, Size } from "./types";

export interface Zoom {
  scale: number; // window pixels per picture pixel
  x: number; // of the picture's left upper corner in the window
  y: number;
}

const MOST = 16;

/** The whole picture, in the middle. */
export function fitted(picture: Size, frame: Size): Zoom {
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height);
  return kept({ scale, x: 0, y: 0 }, picture, frame);
}

/** Another scale, the picture's point under `at` staying there. */
export function zoomed(zoom: Zoom, scale: number, at: Point, picture: Size, frame: Size): Zoom {
  const least = Math.min(frame.width / picture.width, frame.height / picture.height);
  const next = clamp(scale, least, Math.max(MOST, least));
  const ratio = next / zoom.scale;
  return kept({ scale: next, x: at[0] - (at[0] - zoom.x) * ratio, y: at[1] - (at[1] - zoom.y) * ratio }, picture, frame);
}

export function panned(zoom: Zoom, dx: number, dy: number, picture: Size, frame: Size): Zoom {
  return kept({ ...zoom, x: zoom.x + dx, y: zoom.y + dy }, picture, frame);
}

/** No gap beside a picture that is larger than the window; a smaller one is in the middle. */
function kept({ scale, x, y }: Zoom, picture: Size, frame: Size): Zoom {
  const along = (at: number, length: number, room: number) =>
    length <= room ? (room - length) / 2 : clamp(at, room - length, 0);
  return { scale, x: along(x, picture.width * scale, frame.width), y: along(y, picture.height * scale, frame.height) };
}
