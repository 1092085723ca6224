/** A mask as the strokes that painted it: undone by leaving one out, drawn at any size. */

import type { Point, Size } from "./types";

export type Tool = "brush" | "box" | "lasso";

export interface Stroke {
  tool: Tool;
  erases: boolean;
  points: readonly Point[]; // of a box: two corners
  radius: number; // of the brush
}

/** What of a canvas is drawn with. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  "beginPath" | "moveTo" | "lineTo" | "closePath" | "fill" | "stroke" | "arc" | "fillRect" | "save" | "restore"
> & {
  fillStyle: string | CanvasGradient | CanvasPattern;
  strokeStyle: string | CanvasGradient | CanvasPattern;
  lineWidth: number;
  lineCap: CanvasLineCap;
  lineJoin: CanvasLineJoin;
  globalCompositeOperation: GlobalCompositeOperation;
};

/** Draw the strokes in `colour`; what an erasing one covers becomes transparent again. */
export function draw(pen: Pen, strokes: readonly Stroke[], colour: string): void {
  for (const stroke of strokes) {
    pen.save();
    pen.globalCompositeOperation = stroke.erases ? "destination-out" : "source-over";
    pen.fillStyle = pen.strokeStyle = colour;
    if (stroke.tool === "box") drawBox(pen, stroke);
    else if (stroke.tool === "lasso") drawLasso(pen, stroke);
    else drawBrush(pen, stroke);
    pen.restore();
  }
}

function drawBrush(pen: Pen, { points, radius }: Stroke): void {
  const [first, ...rest] = points;
  if (first === undefined) return;
  pen.beginPath();
  if (rest.length === 0) {
    pen.arc(first[0], first[1], radius, 0, 2 * Math.PI);
    pen.fill();
    return;
  }
  pen.lineWidth = 2 * radius;
  pen.lineCap = pen.lineJoin = "round";
  pen.moveTo(...first);
  rest.forEach((point) => pen.lineTo(...point));
  pen.stroke();
}

function drawBox(pen: Pen, { points }: Stroke): void {
  const [one, other] = points;
  if (one === undefined || other === undefined) return;
  const [x, y] = [Math.min(one[0], other[0]), Math.min(one[1], other[1])];
  pen.fillRect(x, y, Math.abs(other[0] - one[0]), Math.abs(other[1] - one[1]));
}

function drawLasso(pen: Pen, { points }: Stroke): void {
  const [first, ...rest] = points;
  if (first === undefined || rest.length < 2) return;
  pen.beginPath();
  pen.moveTo(...first);
  rest.forEach((point) => pen.lineTo(...point));
  pen.closePath();
  pen.fill();
}

/** Whether a stroke marks anything at all. */
export function marks(stroke: Stroke): boolean {
  const { width, height } = extent(stroke.points);
  if (stroke.tool === "box") return width >= 3 && height >= 3;
  if (stroke.tool === "lasso") return stroke.points.length > 2 && width >= 3 && height >= 3;
  return stroke.points.length > 0;
}

export function extent(points: readonly Point[]): Size {
  if (points.length === 0) return { width: 0, height: 0 };
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { width: Math.max(...xs) - Math.min(...xs), height: Math.max(...ys) - Math.min(...ys) };
}
