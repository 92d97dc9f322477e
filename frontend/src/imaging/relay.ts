import type { PackImage } from "./image";
import type { Scene } from "./look";
import type { Renderer } from "./renderer";

/** What one renderer cannot draw, the next one does: a card that is lost for a while, or a volume longer than it takes. */
export class Relay implements Renderer {
  constructor(private readonly renderers: readonly Renderer[]) {}

  get isSoftware(): boolean {
    return this.renderers.every(({ isSoftware }) => isSoftware);
  }

  draw(target: CanvasRenderingContext2D, image: PackImage, scene: Scene, slot: string): boolean {
    return this.renderers.some((renderer) => renderer.draw(target, image, scene, slot));
  }

  forget(slot: string): void {
    for (const renderer of this.renderers) renderer.forget(slot);
  }
}
