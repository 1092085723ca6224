/** Form fields from a model's JSON schema. */

export type Value = string | number | boolean | null;

interface FieldBase {
  name: string;
  label: string;
  help: string;
}
export interface NumberField extends FieldBase {
  kind: "number";
  whole: boolean;
  least?: number;
  most?: number;
  byDefault: number | null;
  slides: boolean; // its range is one that a hand can choose from
}
export interface ChoiceField extends FieldBase {
  kind: "choice";
  choices: { value: string; label: string }[];
  byDefault: string;
}
export interface TextField extends FieldBase {
  kind: "text";
  longest?: number;
  byDefault: string;
}
export type FormField = NumberField | ChoiceField | TextField;

interface Property {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  enum?: unknown[];
  anyOf?: Property[];
  format?: string;
  "x-role"?: string;
}
export interface Schema {
  properties?: Record<string, Property>;
}

const WIDEST_SLIDER = 1000;
const YES_NO_AUTO = [
  { value: "", label: "Automatic" },
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
];

/** The fields of a schema that are no pictures, save those named in `without`. */
export function fieldsOf(schema: Schema, without: readonly string[] = []): FormField[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name, property]) => property["x-role"] === undefined && !without.includes(name))
    .map(([name, property]) => fieldOf(name, property))
    .filter((field) => field !== null);
}

function fieldOf(name: string, property: Property): FormField | null {
  const options = property.anyOf ?? [property];
  const one = options.find(({ type, enum: listed }) => listed !== undefined || (type !== undefined && type !== "null"));
  if (one === undefined) return null;
  const base = { name, label: labelOf(name), help: property.description ?? "" };
  const given = property.default ?? null;
  if (one.enum !== undefined) {
    const choices = one.enum.map(String).map((value) => ({ value, label: choiceLabel(value) }));
    return { ...base, kind: "choice", choices, byDefault: String(given ?? choices[0]?.value ?? "") };
  }
  if (one.type === "boolean") {
    return { ...base, kind: "choice", choices: YES_NO_AUTO, byDefault: given === null ? "" : String(given) };
  }
  if (one.type === "integer" || one.type === "number") {
    const { minimum: least, maximum: most } = { ...property, ...one };
    const slides = least !== undefined && most !== undefined && most - least <= WIDEST_SLIDER && given !== null;
    return {
      ...base,
      kind: "number",
      whole: one.type === "integer",
      ...(least === undefined ? {} : { least }),
      ...(most === undefined ? {} : { most }),
      byDefault: typeof given === "number" ? given : null,
      slides,
    };
  }
  if (one.type !== "string") return null;
  const longest = property.maxLength;
  return { ...base, kind: "text", ...(longest === undefined ? {} : { longest }), byDefault: String(given ?? "") };
}

/** `overlay_width_cm` is read as "Overlay width (cm)". */
export function labelOf(name: string): string {
  const words = name.replace(/_cm$/, " (cm)").replaceAll("_", " ");
  return words[0]?.toUpperCase() + words.slice(1);
}

/** Formats and hardware are written in capitals, words as words. */
function choiceLabel(value: string): string {
  const known: Record<string, string> = { png: "PNG", jpeg: "JPEG", jpg: "JPG", webp: "WebP", cpu: "CPU" };
  return known[value] ?? value.charAt(0).toUpperCase() + value.slice(1);
}

/** What is wrong with a value, in words; null if nothing is. */
export function problemOf(field: FormField, value: Value): string | null {
  if (field.kind !== "number" || value === null || value === "") return null;
  const number = Number(value);
  const range = rangeOf(field);
  if (Number.isNaN(number)) return `${field.label} is a number${range && `, ${range}`}`;
  if (field.whole && !Number.isInteger(number)) return `${field.label} is a whole number`;
  if (field.least !== undefined && number < field.least) return `${field.label}: ${range}`;
  if (field.most !== undefined && number > field.most) return `${field.label}: ${range}`;
  return null;
}

export function rangeOf({ least, most }: NumberField): string {
  if (least === undefined || most === undefined) return "";
  return most > Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
}

/** What is sent: only what differs from the default. */
export function sent(fields: readonly FormField[], values: Readonly<Record<string, Value>>): Record<string, string> {
  const told: Record<string, string> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (value === undefined || value === null || value === "" || String(value) === String(field.byDefault)) continue;
    told[field.name] = String(value);
  }
  return told;
}
