/** What a scene is made of. All places are pixels of the upright room photo. */

export type Point = readonly [x: number, y: number];
export type Matrix = readonly (readonly number[])[]; // 3 x 3

export interface Size {
  width: number;
  height: number;
}

/** A plane of the room; `toImage` takes metres on it to pixels of the photo. */
export interface Plane {
  name: string;
  confidence: number;
  toImage: Matrix;
  outline: Point[];
}

/** What the analysis told of a room. */
export interface RoomFacts extends Size {
  horizon: number;
  focal: number;
  cameraHeight: number;
  planes: Plane[];
  warnings: string[];
}

/** What carries a product; `rug` lies on the floor. */
export type Surface = "floor" | "rug" | "wall" | "table" | "ceiling";

/** Upright in the picture: (x, y) is the middle of its foot, or of its top if it hangs. */
export interface Upright {
  how: "upright";
  x: number;
  y: number;
  height: number;
}

/** In a plane of the room: the centre and width in metres of that plane. */
export interface Flat {
  how: "flat";
  plane: string;
  u: number;
  v: number;
  width: number;
}

export type Place = Upright | Flat;

/** Corners of a product: top left, top right, bottom right, bottom left. */
export type Quad = readonly [Point, Point, Point, Point];
