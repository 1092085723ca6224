/** Every sample of a model, made of what its schema says. */

import { example, type Model, plain, type Value } from "../schema.ts";
import * as compiled from "./compiled.ts";
import * as javascript from "./javascript.ts";
import * as python from "./python.ts";
import type { Call, Samples } from "./sample.ts";
import * as scripted from "./scripted.ts";
import * as shell from "./shell.ts";

const ENDINGS: Record<string, string> = { jpeg: "jpg", png: "png", webp: "webp" };

/** The model's request as code, with the schema's example or another body. */
export function samplesOf(model: Model, body: Record<string, Value> = example(model.schema)): Samples {
  const call: Call = { slug: model.slug, schema: model.schema, body, output: output(model, body) };
  const [go, java, csharp, rust, swift] = compiled.sync(call);
  const [php, ruby] = scripted.sync(call);
  const all = [...shell.sync(call), ...python.sync(call), ...javascript.sync(call)];
  const others = [go, java, csharp, php, ruby, rust, swift].filter((each) => each !== undefined);
  return {
    sync: [...all, ...others],
    jobs: model.jobs ? [...shell.jobs(call), ...python.jobs(call), ...javascript.jobs(call)] : [],
  };
}

/** The file that the picture is saved as, with the ending of the format asked for. */
function output(model: Model, body: Record<string, Value>): string {
  const field = model.schema.properties["image_format"];
  const format = body["image_format"] ?? (field && plain(field).default) ?? "jpeg";
  return `result.${ENDINGS[String(format)] ?? "jpg"}`;
}
