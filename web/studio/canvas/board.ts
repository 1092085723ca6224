/** The room and its products on a Konva stage: draws what it is given, tells what hands do. */

import type Konva from "konva";

import { drawSprite, type LitLayer } from "./lit";
import { drawWarped } from "./mesh";
import { middleOf } from "../logic/planes";
import type { Stroke } from "../logic/strokes";
import { draw } from "../logic/strokes";
import type { Point, Quad, Size } from "../logic/types";
import { canvasOf } from "../state/pictures";

export interface Item {
  id: string;
  quad: Quad; // where it is now
  sprite: HTMLCanvasElement;
  layer: LitLayer | null;
  atRest: boolean; // the layer shows it just where it is
}

export interface Scene {
  image: CanvasImageSource;
  size: Size;
  items: Item[]; // far to near
  selected: string | null;
  grows: Point | null; // the point that stays when the selected one is resized
  strokes: readonly Stroke[] | null; // a mask being painted, in place of handles
  accent: string;
}

const MASK = "#e9407a"; // as the edge of a cut-out: rooms are seldom of that colour
const HANDLE = 9; // radius, screen pixels

export class Board {
  readonly #stage: Konva.Stage;
  readonly #room: Konva.Layer;
  readonly #marks: Konva.Layer;
  readonly #konva: typeof Konva;
  #scene: Scene | null = null;
  #ground: { of: CanvasImageSource; width: number; canvas: HTMLCanvasElement } | null = null;
  #scale = 1;

  constructor(konva: typeof Konva, container: HTMLDivElement) {
    this.#konva = konva;
    this.#stage = new konva.Stage({ container, width: 1, height: 1 });
    this.#room = new konva.Layer({ listening: false });
    this.#marks = new konva.Layer({ listening: false });
    this.#stage.add(this.#room, this.#marks);
    this.#room.add(new konva.Shape({ sceneFunc: (context) => this.#drawRoom(context) }));
    this.#marks.add(new konva.Shape({ sceneFunc: (context) => this.#drawMarks(context) }));
  }

  /** Fit the photo into so many screen pixels; returns the size that it takes. */
  fit(photo: Size, room: Size): Size {
    this.#scale = Math.min(room.width / photo.width, room.height / photo.height);
    const size = { width: Math.round(photo.width * this.#scale), height: Math.round(photo.height * this.#scale) };
    if (size.width !== this.#stage.width() || size.height !== this.#stage.height()) this.#stage.size(size); // it clears
    this.#stage.scale({ x: this.#scale, y: this.#scale });
    return size;
  }

  show(scene: Scene): void {
    this.#scene = scene;
    this.#room.batchDraw();
    this.#marks.batchDraw();
  }

  destroy(): void {
    this.#stage.destroy();
  }

  /** Pixels of the photo under a point of the window. */
  at(event: { clientX: number; clientY: number }): Point {
    const box = this.#stage.container().getBoundingClientRect();
    return [(event.clientX - box.left) / this.#scale, (event.clientY - box.top) / this.#scale];
  }

  /** The nearest product under a point; a little beyond its box still counts. */
  productAt([x, y]: Point): string | null {
    const slack = 8 / this.#scale;
    const items = [...(this.#scene?.items ?? [])].reverse();
    const chosen = items.find(({ id }) => id === this.#scene?.selected);
    const hit = (item: Item, more: number) => {
      const xs = item.quad.map(([each]) => each);
      const ys = item.quad.map(([, each]) => each);
      return x >= Math.min(...xs) - more && x <= Math.max(...xs) + more && y >= Math.min(...ys) - more && y <= Math.max(...ys) + more;
    };
    return (items.find((item) => hit(item, 0)) ?? (chosen && hit(chosen, slack) ? chosen : undefined))?.id ?? null;
  }

  /** Whether a point is on one of the selected product's handles. */
  onHandle(point: Point, reach = 2): boolean {
    return this.#handles().some(([x, y]) => Math.hypot(x - point[0], y - point[1]) <= (reach * HANDLE) / this.#scale);
  }

  #handles(): Quad | [] {
    const scene = this.#scene;
    if (scene === null || scene.strokes !== null) return [];
    return scene.items.find(({ id }) => id === scene.selected)?.quad ?? [];
  }

  #drawRoom(context: Konva.Context): void {
    const scene = this.#scene;
    if (scene === null) return;
    const pen = context._context;
    pen.save();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(this.#groundFor(scene, pen.canvas), 0, 0);
    pen.restore();
    const alone = scene.items.length === 1;
    for (const item of scene.items) drawItem(pen, item, alone);
  }

  /** The room at the size of the screen, made once: scaling the photo at each frame is slow. */
  #groundFor({ image }: Scene, { width, height }: HTMLCanvasElement): HTMLCanvasElement {
    if (this.#ground?.of === image && this.#ground.width === width) return this.#ground.canvas;
    const [canvas, pen] = canvasOf(width, height);
    pen.drawImage(image, 0, 0, width, height);
    canvas.addEventListener("contextrestored", () => this.#again()); // a browser short of memory took it
    this.#ground = { of: image, width, canvas };
    return canvas;
  }

  #again(): void {
    this.#ground = null;
    this.#room.batchDraw();
  }

  #drawMarks(context: Konva.Context): void {
    const scene = this.#scene;
    if (scene === null) return;
    const pen = context._context;
    if (scene.strokes !== null) return this.#drawStrokes(pen, scene);
    const handles = this.#handles();
    if (handles.length === 0) return;
    const unit = 1 / this.#scale;
    outline(pen, handles, 3.5 * unit, "rgb(0 0 0 / 0.35)");
    outline(pen, handles, 1.75 * unit, "#fff");
    for (const [x, y] of handles) {
      pen.beginPath();
      pen.arc(x, y, HANDLE * unit, 0, 2 * Math.PI);
      pen.fillStyle = "#fff";
      pen.shadowColor = "rgb(0 0 0 / 0.4)";
      pen.shadowBlur = 4 * this.#konva.pixelRatio;
      pen.fill();
      pen.shadowBlur = 0;
      pen.beginPath();
      pen.arc(x, y, (HANDLE - 3.5) * unit, 0, 2 * Math.PI);
      pen.fillStyle = scene.accent;
      pen.fill();
    }
  }

  /** The mask as a veil of colour: drawn aside first, so that erasing shows the photo. */
  #drawStrokes(pen: CanvasRenderingContext2D, scene: Scene): void {
    const aside = document.createElement("canvas");
    aside.width = Math.max(1, this.#stage.width());
    aside.height = Math.max(1, this.#stage.height());
    const other = aside.getContext("2d");
    if (other === null || scene.strokes === null) return;
    other.scale(this.#scale, this.#scale);
    draw(other, scene.strokes, MASK);
    pen.save();
    pen.globalAlpha = 0.55;
    pen.drawImage(aside, 0, 0, scene.size.width, scene.size.height);
    pen.restore();
  }
}

function drawItem(pen: CanvasRenderingContext2D, item: Item, alone: boolean): void {
  const { layer, quad } = item;
  if (layer === null) return drawSprite(pen, item.sprite, quad);
  const [width, height] = [layer.body.width * layer.scale, layer.body.height * layer.scale];
  if (item.atRest && alone && layer.exact !== null) {
    pen.drawImage(layer.exact, layer.left, layer.top, width, height);
    return;
  }
  pen.save();
  if (item.atRest || isUpright(quad)) {
    if (!item.atRest) follow(pen, layer.quad, quad);
    pen.globalCompositeOperation = "multiply";
    pen.drawImage(item.atRest ? layer.shade : layer.moving, layer.left, layer.top, width, height);
    pen.globalCompositeOperation = "source-over";
    pen.drawImage(layer.body, layer.left, layer.top, width, height);
  } else {
    const inLayer = layer.quad.map(([x, y]) => [(x - layer.left) / layer.scale, (y - layer.top) / layer.scale] as const);
    drawWarped(pen, layer.body, inLayer as unknown as Quad, quad);
  }
  pen.restore();
}

/** From where the product was lit to where it is: its foot stays its foot. */
function follow(pen: CanvasRenderingContext2D, then: Quad, now: Quad): void {
  const scale = (now[3][1] - now[0][1]) / (then[3][1] - then[0][1] || 1);
  pen.translate((now[2][0] + now[3][0]) / 2, now[3][1]);
  pen.scale(scale, scale);
  pen.translate(-(then[2][0] + then[3][0]) / 2, -then[3][1]);
}

function isUpright([a, b, c, d]: Quad): boolean {
  return a[0] === d[0] && b[0] === c[0] && a[1] === b[1] && c[1] === d[1];
}

function outline(pen: CanvasRenderingContext2D, quad: Quad, width: number, colour: string): void {
  pen.beginPath();
  quad.forEach(([x, y]) => pen.lineTo(x, y));
  pen.closePath();
  pen.lineWidth = width;
  pen.lineJoin = "round";
  pen.strokeStyle = colour;
  pen.stroke();
}

/** The point that stays where it is when a product is resized. */
export function anchorOf(quad: Quad, how: "foot" | "top" | "centre"): Point {
  if (how === "centre") return middleOf(quad);
  const [one, other] = how === "foot" ? [quad[3], quad[2]] : [quad[0], quad[1]];
  return [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
}
