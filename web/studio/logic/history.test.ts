import { expect, it } from "vitest";

import { begun, changed, redone, settled, undone } from "./history";

it("goes back and forth", () => {
  const three = changed(changed(begun(1), 2), 3);
  expect(undone(three).present).toBe(2);
  expect(redone(undone(undone(three))).present).toBe(2);
  expect(undone(undone(undone(three))).present).toBe(1);
});

it("one gesture is one step back, two are two", () => {
  let drag = begun(0);
  for (const x of [1, 2, 3]) drag = changed(drag, x, "move");
  expect(undone(drag).present).toBe(0);
  const again = changed(settled(drag), 9, "move");
  expect(undone(again).present).toBe(3);
});

it("a change after undo forgets what was undone", () => {
  const branch = changed(undone(changed(begun("a"), "b")), "c");
  expect(redone(branch)).toBe(branch);
});

it("keeps no more steps than it is told", () => {
  let long = begun(0);
  for (let n = 1; n <= 300; n += 1) long = changed(long, n, null, 20);
  expect(long.past).toHaveLength(20);
});
