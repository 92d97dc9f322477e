import type { Json } from "./types";
import { parseExactly } from "./exact-json";

/** Why a request did not succeed; decides what happens to the work that was to be saved. */
export type FailureKind = "offline" | "signed-out" | "forbidden" | "missing" | "invalid" | "busy" | "server";

/** A request that failed, with a sentence for the person who reads it. */
export class RequestFailed extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    message: string,
    readonly body: Json = null,
  ) {
    super(message);
    this.name = "RequestFailed";
  }
}

const kinds: Record<number, FailureKind> = { 401: "signed-out", 403: "forbidden", 404: "missing", 409: "invalid", 429: "busy" };

function kindOf(status: number): FailureKind {
  return kinds[status] ?? (status === 502 || status === 503 || status === 504 ? "offline" : status >= 500 ? "server" : "invalid");
}

/** The first sentence of an error body, whatever its shape. */
export function sentenceOf(body: Json): string {
  if (typeof body === "string") return body;
  if (Array.isArray(body)) return body.map(sentenceOf).find(Boolean) ?? "";
  if (body && typeof body === "object") {
    if (typeof body["detail"] === "string") return body["detail"];
    return Object.values(body).map(sentenceOf).find(Boolean) ?? "";
  }
  return "";
}

function cookie(name: string): string {
  if (typeof document === "undefined") return "";
  const found = document.cookie.split("; ").find((entry) => entry.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

async function parsed(response: Response): Promise<Json> {
  const text = await response.text();
  if (!text) return null;
  try {
    return parseExactly(text);
  } catch {
    return text.slice(0, 200);
  }
}

let asking = new AbortController();

/** Let go of all that is being asked for; what is being saved goes on. */
export function stopAsking(): void {
  asking.abort();
  asking = new AbortController();
}

function endOf(method: string, signal: AbortSignal | undefined): AbortSignal | undefined {
  if (method !== "GET") return signal;
  return signal ? AbortSignal.any([signal, asking.signal]) : asking.signal;
}

/** Fetch with the session's cookie and the CSRF header; failures carry their kind. */
export async function request(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const end = endOf(method, signal);
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken");
  let response: Response;
  try {
    response = await fetch(local(url), {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(end ? { signal: end } : {}),
    });
  } catch (reason) {
    if (end?.aborted) throw reason;
    throw new RequestFailed("offline", 0, "The server cannot be reached.");
  }
  if (response.ok) return response;
  const problem = await parsed(response);
  throw new RequestFailed(kindOf(response.status), response.status, sentenceOf(problem) || `The server answered ${String(response.status)}.`, problem);
}

export async function fetchJson<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(method, url, body, signal);
  return (await parsed(response)) as T;
}

/** Links on the wire are absolute; the browser asks its own origin, whatever name the server knows itself by. */
export function local(url: string): string {
  if (!/^https?:/.test(url)) return url;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** The last path segment of an object's link. */
export function pkOf(url: string): string {
  return local(url).split("?")[0]?.split("/").filter(Boolean).at(-1) ?? "";
}
