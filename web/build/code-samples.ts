/** Makes the code samples of every model from the OpenAPI document, when the pages are built. */

import type { Plugin } from "vite";

import document from "../api/openapi.json" with { type: "json" };
import { samplesOf } from "../api/samples/index.ts";
import { BASE, KEY, type Samples } from "../api/samples/sample.ts";
import { models, type OpenApi } from "../api/schema.ts";

const NAME = "virtual:code-samples";

export interface Made {
  base: string; // stands for the server's address
  key: string; // stands for the reader's key
  models: Record<string, Samples>;
}

/** The module `virtual:code-samples`: the address of a file of all samples. */
export function codeSamples(): Plugin {
  let serving = false;
  return {
    name: "code-samples",
    configResolved: (config) => {
      serving = config.command === "serve";
    },
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      const source = JSON.stringify(made());
      if (serving) return `export default ${JSON.stringify(`data:application/json,${encodeURIComponent(source)}`)}`;
      const file = this.emitFile({ type: "asset", name: "code-samples.json", source });
      return `export default import.meta.ROLLUP_FILE_URL_${file}`;
    },
  };
}

function made(): Made {
  const samples = models(document as unknown as OpenApi).map((model) => [model.slug, samplesOf(model)] as const);
  return { base: BASE, key: KEY, models: Object.fromEntries(samples) };
}
