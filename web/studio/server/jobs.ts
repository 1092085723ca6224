/** Submit, watch and cancel a staging. */

import { call, Refusal } from "../../shared/api";
import { eventsOf } from "../logic/eventstream";
import type { Metadata } from "../logic/report";
import { type Fields, formOf } from "./studio";

export interface Progress {
  step: string;
  fraction: number;
  preview?: string; // a small picture as a data URI
}

export interface Done {
  id: string;
  link: string;
  metadata: Metadata;
  warnings: string[];
  seconds: number | null;
}

interface JobAnswer {
  request_id: string;
  status: string;
  output?: string | null;
  error?: string;
  code?: string;
  field?: string | null;
  metadata?: Metadata;
  warnings?: string[];
  metrics?: { inference_time?: number };
}

const ATTEMPTS = 3;

/** Stage, telling the steps; aborting `signal` cancels the job at the server. */
export async function stage(
  model: string,
  fields: Fields,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Done> {
  const id = await submit(model, fields, signal);
  const cancel = () => void call(`/v2/requests/${id}`, { method: "DELETE" }).catch(() => undefined);
  signal.addEventListener("abort", cancel);
  try {
    return done(await watched(id, tell, signal));
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** The same key each time: a submission whose answer was lost is not done twice. */
async function submit(model: string, fields: Fields, signal: AbortSignal): Promise<string> {
  const headers = { "idempotency-key": uniqueKey() };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await call(`/v2/${model}`, { method: "POST", headers, body: formOf(fields), signal });
      return ((await response.json()) as JobAnswer).request_id;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 0 || attempt === ATTEMPTS) throw error;
      await pause(400 * attempt, signal);
    }
  }
}

async function watched(id: string, tell: (progress: Progress) => void, signal: AbortSignal): Promise<JobAnswer> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const response = await call(`/v2/requests/${id}/events`, { signal });
    for await (const { name, data } of eventsOf(response)) {
      const told = JSON.parse(data) as JobAnswer & Progress;
      if (name === "end") return told;
      if (name === "progress") tell(told);
    }
    await pause(300, signal); // the line was cut: ask again
  }
  throw new Refusal("The server stopped telling how far it is. Stage again: nothing is lost.", "silent", null, 0);
}

function done(job: JobAnswer): Done {
  if (job.status !== "COMPLETED" || !job.output) {
    throw new Refusal(job.error ?? "The staging failed: try again", job.code ?? "failed", job.field ?? null, 422);
  }
  return {
    id: job.request_id,
    link: job.output,
    metadata: job.metadata ?? {},
    warnings: job.warnings ?? [],
    seconds: job.metrics?.inference_time ?? null,
  };
}

/** Random also where the page is not served over https. */
function uniqueKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("cancelled", "AbortError"));
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
