import { describe, expect, it } from "vitest";

import { metresTall, moved, pixelsTall, resized } from "./perspective";
import type { RoomFacts, Upright } from "./types";

const facts: RoomFacts = { width: 1500, height: 1000, horizon: 400, focal: 1200, cameraHeight: 1.25, planes: [], warnings: [] };
const chair: Upright = { how: "upright", x: 700, y: 800, height: 300 };

describe("a product on the floor", () => {
  it("is half as tall where its foot is half as far below the horizon", () => {
    expect(moved(chair, 0, -200, "floor", facts)).toMatchObject({ y: 600, height: 150 });
  });
  it("is as large as before when it is moved there and back", () => {
    const there = moved(chair, 120, 150, "floor", facts);
    expect(moved(there, -120, -150, "floor", facts).height).toBeCloseTo(300);
  });
  it("never reaches the horizon", () => {
    const far = moved(chair, 0, -5000, "floor", facts);
    expect(far.y).toBeGreaterThan(facts.horizon);
    expect(far.height).toBeGreaterThan(10);
  });
  it("keeps its true height wherever it is moved", () => {
    const before = metresTall(chair, facts);
    expect(metresTall(moved(chair, 0, -130, "floor", facts), facts)).toBeCloseTo(before);
    expect(pixelsTall(before, 800, facts)).toBeCloseTo(300);
  });
});

it("what hangs from the ceiling keeps its size and may go above the horizon", () => {
  expect(moved(chair, 0, -700, "ceiling", facts)).toMatchObject({ y: 100, height: 300 });
});

it("resizing leaves the foot where it is and never loses the product", () => {
  expect(resized(chair, 2, facts)).toEqual({ ...chair, height: 600 });
  expect(resized(chair, 0, facts).height).toBeGreaterThan(5);
});
