/** This browser's stagings, kept in its own database until they are cleared. */

import type { Part, Result } from "./staging.svelte";
import { pictureOf, scaledDown } from "./pictures";
import { blobOf } from "./encoder";

const NAME = "roomstage";
const STAGINGS = "stagings";
const MOST = 40;

/** What is kept of a staging. */
export interface Kept {
  id: string;
  label: string;
  when: number;
  thumbnail: Blob;
  picture: Blob;
  original: Blob;
  titles: [picture: string, original: string];
  parts: Part[];
  settings: Record<string, string>;
  seconds: number;
}

export async function keep(result: Result): Promise<void> {
  const thumbnail = await blobOf(scaledDown(result.picture, 320), "image/jpeg", 0.8);
  const { id, label, when, parts, settings, seconds, picture, original } = result;
  const kept: Kept = {
    id, label, when, thumbnail, parts, settings, seconds,
    picture: picture.blob,
    original: original.blob,
    titles: [picture.title, original.title],
  };
  await inStore("readwrite", (store) => store.put(kept));
  for (const old of (await all()).slice(MOST)) await inStore("readwrite", (store) => store.delete(old.id));
}

/** All that is kept, the latest first. */
export async function all(): Promise<Kept[]> {
  const found = await inStore<Kept[]>("readonly", (store) => store.getAll());
  return found.sort((one, other) => other.when - one.when);
}

export async function clear(): Promise<void> {
  await inStore("readwrite", (store) => store.clear());
}

export async function forget(id: string): Promise<void> {
  await inStore("readwrite", (store) => store.delete(id));
}

export async function resultOf(kept: Kept): Promise<Result> {
  const { id, label, when, parts, settings, seconds, titles } = kept;
  const [picture, original] = await Promise.all([pictureOf(kept.picture, titles[0]), pictureOf(kept.original, titles[1])]);
  return { id, label, when, parts, settings, seconds, picture, original };
}

async function inStore<T = unknown>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await settledBy(act(database.transaction(STAGINGS, mode).objectStore(STAGINGS)));
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STAGINGS, { keyPath: "id" });
  return settledBy(request);
}

function settledBy<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's database refused"));
  });
}
