/** A request as code, and what goes with it. */

import type { Schema, Value } from "../schema.ts";

export interface Sample {
  id: string; // unique among the samples of a model and mode, and what is remembered
  language: string; // the tab
  variant: string; // the library, where a language has several
  file: string; // what it may be saved as
  install: string | null; // how to get what it needs, a command
  run: string | null; // the command that runs it
  code: string;
  own: { text: string; code: string }; // how to send a file of one's own
}

export interface Samples {
  sync: Sample[];
  jobs: Sample[];
}

/** What a sample is made of. */
export interface Call {
  slug: string;
  schema: Schema;
  body: Record<string, Value>;
  output: string; // the file that the picture is saved as
}

/** Stand-ins that the page fills in: its server's address, and the reader's key. */
export const BASE = "http://roomstage.example";
export const KEY = "YOUR_API_KEY";
export const KEY_VARIABLE = "ROOMSTAGE_API_KEY";

/** The text with one part exchanged, that must be there: the library may change what it writes. */
export function swap(text: string, ...changes: [part: string | RegExp, by: string][]): string {
  return changes.reduce((before, [part, by]) => {
    const after = before.replace(part, () => by);
    if (after === before) throw new Error(`no ${String(part)} in\n${before}`);
    return after;
  }, text);
}

/** The pictures of the body that are samples of this server, as a client must name them. */
export function absolute(body: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      typeof value === "string" && value.startsWith("/samples/") ? BASE + value : value,
    ]),
  );
}

/** The body as JSON that people read. */
export function json(call: Call): string {
  return JSON.stringify(absolute(call.body), null, 2);
}
