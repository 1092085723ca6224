import { expect, it } from "vitest";

import { draw, marks, type Pen, type Stroke } from "./strokes";

function recorder(): { pen: Pen; calls: string[] } {
  const calls: string[] = [];
  const state = { fillStyle: "", strokeStyle: "", lineWidth: 1, lineCap: "butt", lineJoin: "miter", globalCompositeOperation: "source-over" };
  const pen = new Proxy(state, {
    get: (target, name: keyof typeof state) => target[name] ?? ((...values: unknown[]) => calls.push(`${name}(${values.join(",")}) ${target.globalCompositeOperation}`)),
  }) as unknown as Pen;
  return { pen, calls };
}
const stroke = (over: Partial<Stroke>): Stroke => ({ tool: "brush", erases: false, points: [], radius: 5, ...over });

it("draws a box whichever corner it was begun at", () => {
  const { pen, calls } = recorder();
  draw(pen, [stroke({ tool: "box", points: [[30, 40], [10, 20]] })], "#fff");
  expect(calls).toContain("fillRect(10,20,20,20) source-over");
});

it("erases only what came before", () => {
  const { pen, calls } = recorder();
  draw(pen, [stroke({ points: [[1, 1], [2, 2]] }), stroke({ erases: true, points: [[1, 1], [2, 2]] })], "#fff");
  expect(calls.filter((call) => call.startsWith("stroke"))).toEqual(["stroke() source-over", "stroke() destination-out"]);
});

it("a touch of the brush is a dot, a click of box or lasso nothing", () => {
  const { pen, calls } = recorder();
  draw(pen, [stroke({ points: [[7, 8]] })], "#fff");
  expect(calls.some((call) => call.startsWith("arc(7,8,5"))).toBe(true);
  expect(marks(stroke({ points: [[7, 8]] }))).toBe(true);
  expect(marks(stroke({ tool: "box", points: [[7, 8], [8, 9]] }))).toBe(false);
  expect(marks(stroke({ tool: "lasso", points: [[7, 8], [90, 9]] }))).toBe(false);
});
