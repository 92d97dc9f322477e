import { fetchJson, RequestFailed } from "../contract";
import type { ImageOrigin, SlideDescription } from "../imaging";

const slides = "/api/v1/cases/slides/";

interface Source {
  url: string | null;
  coarse_bytes: number | null;
  slide: SlideDescription | null;
}

const sources = new Map<string, Promise<Source>>();

/** Where an image's pixels are now. The identity stays; the address is signed and ends. */
function sourceOf(key: string, isRenewed = false): Promise<Source> {
  const known = sources.get(key);
  if (known && !isRenewed) return known;
  const asked = fetchJson<Source>("GET", `${slides}${key}/source/`);
  asked.catch(() => sources.get(key) === asked && sources.delete(key));
  sources.set(key, asked);
  return asked;
}

/** Learn where an image's pixels are before it is opened. */
export const findPack = (key: string) => void sourceOf(key).catch(() => undefined);

/** Fetch of an image's pack, with a link that is renewed once when it has expired. */
async function fetchPack(key: string, query: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  const ask = async (isRenewed: boolean) => {
    const { url } = await sourceOf(key, isRenewed);
    if (url === null) throw new RequestFailed("missing", 404, "This image has no stored frames.");
    const target = new URL(url, location.href);
    const isOurs = target.hostname === location.hostname;
    const link = isOurs ? target.pathname + target.search : target.href;
    return fetch(link + query, { signal, credentials: isOurs ? "same-origin" : "omit", headers }).catch((problem: unknown) => {
      throw signal.aborted ? problem : new RequestFailed("offline", 0, "The server cannot be reached.");
    });
  };
  let response = await ask(false);
  if (response.status === 403 || response.status === 410) response = await ask(true);
  if (!response.ok) throw new RequestFailed("missing", response.status, `The image cannot be loaded (${String(response.status)}).`);
  return response;
}

const rangeOf = (from: number, to: number | null): Record<string, string> => (from === 0 && to === null ? {} : { Range: `bytes=${String(from)}-${to === null ? "" : String(to - 1)}` });

/** Everything the viewer asks the server about an image. */
export const originOf = (key: string): ImageOrigin => ({
  open: (from, to, signal) => fetchPack(key, "", rangeOf(from, to), signal),
  coarseBytes: async () => (await sourceOf(key)).coarse_bytes,
  frame: async (frame, signal) => new Uint8Array(await (await fetchPack(key, `?frame=${String(frame)}`, {}, signal)).arrayBuffer()),
  slide: async () => (await sourceOf(key)).slide,
  tileUrl: (halvings, row, column) => `${slides}${key}/${[halvings, row, column].join("/")}.jpg`,
});
