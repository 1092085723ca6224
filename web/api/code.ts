/** The samples that the page shows: made with it, or anew where the reader changed the request. */

import address from "virtual:code-samples";

import type { Made } from "../build/code-samples";
import { reader } from "./reader.svelte";
import type { Samples } from "./samples/sample";
import { example, type Model, type Value } from "./schema";

let made: Promise<Made> | undefined;

/** The samples of a model for a request. */
export async function samples(model: Model, body: Record<string, Value>): Promise<Samples> {
  if (JSON.stringify(body) === JSON.stringify(example(model.schema))) {
    made ??= fetch(address).then((response) => response.json() as Promise<Made>);
    const found = (await made).models[model.slug];
    if (found !== undefined) return found;
  }
  const { samplesOf } = await import("./samples"); // of a model that the build did not know, too
  return samplesOf(model, body);
}

/** A sample's text with the address of this server and the reader's key. */
export function filled(text: string): string {
  const addressed = text.replaceAll("http://roomstage.example", location.origin);
  return reader.key === "" ? addressed : addressed.replaceAll("YOUR_API_KEY", reader.key);
}
