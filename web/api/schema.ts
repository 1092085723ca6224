/** The OpenAPI document of a server, as far as the page reads it. */

export interface Field {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  anyOf?: Field[];
  "x-role"?: "image" | "mask";
}

export interface Schema {
  description?: string;
  properties: Record<string, Field>;
  required?: string[];
}

export interface Answer {
  description: string;
  headers?: Record<string, { description?: string }>;
  content?: Record<string, unknown>;
  "x-codes"?: { code: string; meaning: string }[];
}

export interface Operation {
  summary: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; description?: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, Answer>;
}

export interface OpenApi {
  info: { version: string; description?: string; "x-limits"?: Record<string, number | string | boolean> };
  paths: Record<string, Record<string, Operation>>;
  webhooks?: Record<string, Record<string, Operation>>;
}

export interface Model {
  slug: string;
  operation: Operation;
  schema: Schema;
  jobs: boolean; // it can be submitted and polled
}

export type Value = string | number | boolean;

/** Every model that the document describes, in its order. */
export function models(document: OpenApi): Model[] {
  const found: Model[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    const slug = /^\/v1\/([^/{}]+)$/.exec(path)?.[1];
    const operation = methods["post"];
    const schema = operation?.requestBody?.content["application/json"]?.schema;
    if (slug === undefined || operation === undefined || schema === undefined) continue;
    if (operation.tags?.includes("models") !== true) continue;
    found.push({ slug, operation, schema, jobs: `/v2/${slug}` in document.paths });
  }
  return found;
}

/** A field without the looser ways of writing it that the server takes too, and without null. */
export function plain(field: Field): Field {
  const { anyOf, ...rest } = field;
  const form = anyOf?.find((each) => each.type !== "null");
  return form === undefined ? rest : { ...form, ...rest };
}

/** What the example request says: all that is required, and what the schema has an example of. */
export function example(schema: Schema): Record<string, Value> {
  const body: Record<string, Value> = {};
  for (const [name, field] of Object.entries(schema.properties)) {
    const given = field.examples?.[0];
    if (given !== undefined) body[name] = given as Value;
    else if (schema.required?.includes(name) === true) body[name] = invented(plain(field));
  }
  return body;
}

/** A value of the kind, for required fields whose schema has no example. */
function invented(field: Field): Value {
  if (field["x-role"] === "mask") return "/samples/masks/living_room_sofa.png";
  if (field["x-role"] === "image") return "/samples/rooms/living_room.jpg";
  if (field.default !== undefined && field.default !== null) return field.default as Value;
  if (field.enum !== undefined) return field.enum[0] as Value;
  if (field.type === "boolean") return true;
  if (field.type === "integer" || field.type === "number") return field.minimum ?? 1;
  return "a bright living room";
}
