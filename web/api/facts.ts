/** What the page tells: all of it from the server that it came from. */

import { apiKey } from "../shared/api";
import { type Model, models, type OpenApi } from "./schema";

export interface Listed {
  slug: string;
  credits: number;
  available?: boolean; // absent: like the server itself
  reason?: string | null; // why it can't run here
}

export interface Shown extends Model {
  credits: number | null;
  trouble: string | null; // why it can't run here
}

export interface Picture {
  title: string;
  url: string;
}

export interface Result {
  model: string;
  before: string;
  after: string;
  title: string;
  width: number; // of the picture after
  height: number;
}

export interface SamplePictures {
  rooms: Picture[];
  products: Picture[];
  masks?: Picture[];
  results?: Result[];
}

export interface Facts {
  document: OpenApi;
  models: Shown[];
  samples: SamplePictures;
}

/** Everything that the page can't be without. */
export async function load(): Promise<Facts> {
  const [document, list, samples] = await Promise.all([
    json<OpenApi>("/openapi.json"),
    json<{ models: Listed[] }>("/inference-model-information/list"),
    json<SamplePictures>("/samples/index.json").catch(() => ({ rooms: [], products: [] })),
  ]);
  const listed = new Map(list.models.map((each) => [each.slug, each]));
  const shown = models(document).map((model) => {
    const more = listed.get(model.slug);
    const trouble = more?.available === false ? (more.reason ?? "it can't run on this machine") : null;
    return { ...model, credits: more?.credits ?? null, trouble };
  });
  return { document, models: shown, samples };
}

const OPEN = "open"; // whom a server without keys takes everybody for

export interface Account {
  open: boolean; // everybody may call, and nothing is counted
  credits: number | null; // that the reader's key has left; null: no key, or a wrong one
}

/** Whether calls need a key, and what the reader's has left. */
export async function account(): Promise<Account> {
  const headers: HeadersInit = apiKey() === "" ? {} : { "x-api-key": apiKey() };
  const response = await fetch("/api/auth/authenticate", { headers });
  if (!response.ok) return { open: false, credits: null };
  const { id, credits } = (await response.json()) as { id: string; credits: number };
  return { open: id === OPEN, credits };
}

/** Whether a model runs here, in words; `ailment` is the server's, undefined until it is known. */
export function standing(model: Shown, ailment: string | null | undefined): { good: boolean | null; words: string } {
  const trouble = model.trouble ?? ailment;
  if (trouble === undefined) return { good: null, words: "asking the server …" };
  if (trouble === null) return { good: true, words: "runs on this server" };
  return { good: false, words: `can't run now: ${trouble}` };
}

/** Why the server does no work just now; null: it does. */
export async function ailment(): Promise<string | null> {
  const response = await fetch("/health/ready").catch(() => null);
  if (response === null) return "it does not answer";
  if (response.ok) return null;
  const told = (await response.json().catch(() => ({}))) as { error?: string };
  return told.error ?? `it answers ${response.status}`;
}

async function json<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}
