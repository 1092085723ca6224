import { expect, it } from "vitest";

import { EventParser, eventsOf } from "./eventstream";

it("gives events when they are complete, however the text is cut", () => {
  const text = 'event: status\r\ndata: {"a": 1}\r\n\r\n: still there\n\nevent: end\ndata: one\ndata: two\n\n';
  for (const length of [1, 7, 1000]) {
    const parser = new EventParser();
    const events = (text.match(new RegExp(`[^]{1,${length}}`, "g")) ?? []).flatMap((part) => parser.feed(part));
    expect(events).toEqual([{ name: "status", data: '{"a": 1}' }, { name: "end", data: "one\ntwo" }]);
  }
});

it("reads a response, letters of several bytes cut in two included", async () => {
  const bytes = new TextEncoder().encode("data: é\n\ndata: fin\n\n");
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      bytes.forEach((_, index) => controller.enqueue(bytes.slice(index, index + 1)));
      controller.close();
    },
  });
  const seen: string[] = [];
  for await (const { data } of eventsOf(new Response(body))) seen.push(data);
  expect(seen).toEqual(["é", "fin"]);
});
