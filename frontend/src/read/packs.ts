import { fetchJson, RequestFailed } from "../contract";
import type { ImageOrigin, OpenPack, SlideDescription } from "../imaging";

const slides = "/api/v1/cases/slides/";
const links = new Map<string, string>();

interface Source {
  url: string | null;
  slide: SlideDescription | null;
}

const sourceOf = (key: string) => fetchJson<Source>("GET", `${slides}${key}/source/`);

/** The present address of an image's pixels. The identity stays; the address is signed and ends. */
async function linkOf(key: string, isRenewed: boolean): Promise<string | null> {
  const known = links.get(key);
  if (known && !isRenewed) return known;
  const { url } = await sourceOf(key);
  if (url === null) return null;
  const target = new URL(url, location.href);
  const link = target.hostname === location.hostname ? target.pathname + target.search : target.href;
  links.set(key, link);
  return link;
}

/** Opens an image's pack from a byte on. A link that has expired is renewed once by asking again. */
const openPackOf =
  (key: string): OpenPack =>
  async (from, signal) => {
    const ask = async (isRenewed: boolean) => {
      const link = await linkOf(key, isRenewed);
      if (link === null) throw new RequestFailed("missing", 404, "This image has no stored frames.");
      const mode = link.startsWith("/") ? ("same-origin" as const) : ("omit" as const);
      return fetch(link, { signal, credentials: mode, headers: from > 0 ? { Range: `bytes=${String(from)}-` } : {} });
    };
    let response = await ask(false);
    if (response.status === 403 || response.status === 410) response = await ask(true);
    if (!response.ok) throw new RequestFailed("missing", response.status, `The image cannot be loaded (${String(response.status)}). The other questions can be answered.`);
    return response;
  };

/** Everything the viewer asks the server about an image. */
export const originOf = (key: string): ImageOrigin => ({
  open: openPackOf(key),
  slide: async () => (await sourceOf(key)).slide,
  tileUrl: (halvings, row, column) => `${slides}${key}/${[halvings, row, column].join("/")}.jpg`,
});
