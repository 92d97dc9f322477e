import { startDecoders } from "./decoders";
import { PackImage, type ImageOrigin, type ImageServices } from "./image";
import { Lanes } from "./lanes";

/** What pixels may take of the memory; browsers that do not tell how much there is are taken to have 4 GB. */
const budgetBytes = ((globalThis.navigator as { deviceMemory?: number } | undefined)?.deviceMemory ?? 4) * 0.35 * 2 ** 30;

/** Images by their identity: each is fetched once, shared by every case that shows it, and kept while memory allows. */
export class ImageStore {
  readonly #images = new Map<string, PackImage>();

  readonly #services: ImageServices;

  constructor(
    private readonly originOf: (key: string) => ImageOrigin,
    private readonly budget = budgetBytes,
  ) {
    this.#services = { decoders: startDecoders(), lanes: new Lanes(), mayHold: (image, bytes) => this.#makeRoom(image, bytes) };
  }

  /** The image of a key; asking for it makes it the most recently used. One that failed or ran short is asked for again. */
  ask(key: string): PackImage {
    const found = this.#images.get(key);
    this.#images.delete(key);
    const isGood = found && found.progress !== "failed" && (found.isShown || !found.isShort);
    if (!isGood) found?.close();
    const image = isGood ? found : new PackImage(key, this.originOf(key), this.#services);
    this.#images.set(key, image);
    return image;
  }

  /** Let go of the least recently used images that no case in `needed` shows, until the rest fits into memory. */
  trim(needed: ReadonlySet<string>): void {
    this.#makeRoom(undefined, 0, needed);
  }

  /** Whether so many bytes more fit into memory, after letting go of what nobody looks at. */
  #makeRoom(asking: PackImage | undefined, bytes: number, needed?: ReadonlySet<string>): boolean {
    let total = [...this.#images.values()].reduce((sum, image) => sum + image.bytes, bytes);
    for (const [key, image] of this.#images) {
      if (total <= this.budget) return true;
      if (image === asking || image.isShown || needed?.has(key)) continue;
      total -= image.bytes;
      image.close();
      this.#images.delete(key);
    }
    return total <= this.budget;
  }
}
