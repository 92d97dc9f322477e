import { startDecoders } from "./decoders";
import { PackImage, type ImageOrigin } from "./image";

const budgetBytes = () => ((navigator as { deviceMemory?: number }).deviceMemory ?? 4) * 0.35 * 2 ** 30;

/** Images by their identity: each is fetched once, shared by every case that shows it, and kept while memory allows. */
export class ImageStore {
  readonly #images = new Map<string, PackImage>();

  constructor(private readonly openerOf: (key: string) => ImageOrigin) {}

  /** The image of a key; asking for it makes it the most recently used. */
  ask(key: string): PackImage {
    const found = this.#images.get(key);
    if (found && found.progress !== "failed") {
      this.#images.delete(key);
      this.#images.set(key, found);
      return found;
    }
    found?.close();
    this.#images.delete(key);
    const image = new PackImage(key, this.openerOf(key), startDecoders());
    this.#images.set(key, image);
    return image;
  }

  /** Let go of the least recently used images that no case in `needed` shows, until the rest fits into memory. */
  trim(needed: ReadonlySet<string>): void {
    let total = [...this.#images.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [key, image] of this.#images) {
      if (total <= budgetBytes()) return;
      if (needed.has(key)) continue;
      total -= image.bytes;
      image.close();
      this.#images.delete(key);
    }
  }
}
