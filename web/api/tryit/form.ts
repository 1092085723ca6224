/** What the reader has put into the form, and the request that it makes. */

import { example, plain, type Field, type Model, type Value } from "../schema";

export interface Entry {
  name: string;
  field: Field;
  required: boolean;
  nullable: boolean; // a truth value that may also be left open
}

/** The fields, those first that must be given. */
export function entries(model: Model): Entry[] {
  const required = model.schema.required ?? [];
  const all = Object.entries(model.schema.properties).map(([name, field]) => ({
    name,
    field: plain(field),
    required: required.includes(name),
    nullable: field.default === null || field.default === undefined,
  }));
  return [...all.filter((each) => each.required), ...all.filter((each) => !each.required)];
}

/** The JSON body of what was typed: empty fields are left out, numbers are numbers. */
export function body(model: Model, typed: Record<string, string>): Record<string, Value> {
  const found: Record<string, Value> = {};
  for (const [name, field] of Object.entries(model.schema.properties)) {
    const text = typed[name]?.trim() ?? "";
    if (text !== "") found[name] = value(plain(field), text);
  }
  return found;
}

/** The body as it is sent: this server's samples by their whole address. */
export function sent(given: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(given).map(([name, each]) => [
      name,
      typeof each === "string" && each.startsWith("/samples/") ? location.origin + each : each,
    ]),
  );
}

/** The same as a form with the reader's files. */
export function form(given: Record<string, Value>, files: Record<string, File>): FormData {
  const data = new FormData();
  for (const [name, each] of Object.entries(given)) {
    if (files[name] === undefined) data.append(name, String(each));
  }
  for (const [name, file] of Object.entries(files)) data.append(name, file);
  return data;
}

/** What stands in the form at first. */
export function initial(model: Model): Record<string, string> {
  return Object.fromEntries(
    Object.entries(example(model.schema)).map(([name, each]) => [name, String(each)]),
  );
}

function value(field: Field, text: string): Value {
  if (field.type === "boolean") return text === "true";
  if (field.type === "integer" || field.type === "number") {
    const number = Number(text);
    return Number.isNaN(number) || !Number.isSafeInteger(Math.trunc(number)) ? text : number;
  }
  return text;
}
