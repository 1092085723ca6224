/** The model's own settings, from its schema. */

import { call } from "../../shared/api";
import { fieldsOf, type FormField, problemOf, type Schema, sent, type Value } from "../logic/form";

export const MODEL = "furniture-staging";
// A product's own, not for pages, or made here by calls of their own (Variants.svelte).
const NOT_HERE = ["prompt", "overlay_width_cm", "overlay_height_cm", "base64", "variants"];

interface Listed {
  models: { slug: string; schema: Schema }[];
}

export class Settings {
  fields = $state.raw<FormField[]>([]);
  values = $state<Record<string, Value>>({});

  async load(): Promise<void> {
    const { models } = (await (await call("/v1/models")).json()) as Listed;
    const schema = models.find(({ slug }) => slug === MODEL)?.schema ?? {};
    this.fields = fieldsOf(schema, NOT_HERE);
  }

  get problems(): string[] {
    return this.fields.map((field) => problemOf(field, this.values[field.name] ?? null)).filter((text) => text !== null);
  }

  /** What a staging is told, and what a preview is: the latter chooses its own format. */
  told(over: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { ...sent(this.fields, this.values), ...over };
  }
  forPreview(): Record<string, string> {
    const wrong = this.fields.filter((field) => problemOf(field, this.values[field.name] ?? null) !== null);
    const told = this.told();
    for (const name of ["image_format", "image_quality", ...wrong.map((field) => field.name)]) delete told[name];
    return told;
  }

  reset(): void {
    this.values = {};
  }
  get touched(): boolean {
    return Object.keys(this.told()).length > 0;
  }
}
