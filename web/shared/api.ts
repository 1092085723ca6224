/** Calls of the server that this page came from. */

/** What the server refused, in its own words. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly field: string | null,
    readonly status: number,
  ) {
    super(message);
  }
}

const KEY = "roomstage.key";

/** The API key that this browser's user gave; servers on loopback need none. */
export function apiKey(): string {
  return localStorage.getItem(KEY) ?? "";
}

export function setApiKey(key: string): void {
  localStorage.setItem(KEY, key.trim());
}

/** `fetch` with the key, that throws a Refusal on every status but 2xx. */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (apiKey() !== "") headers.set("x-api-key", apiKey());
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal("The server does not answer: is it still running? Start it or check the network, then try again.", "unreachable", null, 0);
  }
  if (response.ok) return response;
  const told: unknown = await response.json().catch(() => ({}));
  const { error, code, field } = told as { error?: string; code?: string; field?: string | null };
  throw new Refusal(error ?? `The server answered ${response.status}`, code ?? "error", field ?? null, response.status);
}

/** The same with a JSON body. */
export function post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/json", ...init.headers };
  return call(path, { ...init, method: "POST", headers, body: JSON.stringify(body) });
}
