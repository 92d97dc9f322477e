import { followCamera, followLook, linkEverything, type Linking } from "./links";
import type { Camera, Orientation } from "./camera";
import type { Look } from "./look";
import { Relay } from "./relay";
import { WebGlRenderer, type Renderer } from "./renderer";
import { SoftwareRenderer } from "./software";
import { ImageStore } from "./store";
import type { ImageOrigin, PackImage } from "./image";
import { Viewport } from "./viewport";

/** Everything that draws in one window: the images, the renderer, the viewports and which of them move together. */
export class ViewingRoom {
  readonly images: ImageStore;
  readonly viewports = new Map<string, Viewport>();
  linking: Linking = linkEverything;
  readonly linked = new Set<string>();
  readonly #renderer: Renderer;

  constructor(openerOf: (key: string) => ImageOrigin, isImitationWelcome = false) {
    this.images = new ImageStore(openerOf);
    const graphics = WebGlRenderer.start(() => this.drawAll(), isImitationWelcome);
    this.#renderer = new Relay([...(graphics ? [graphics] : []), new SoftwareRenderer()]);
  }

  open(id: string, imageKey: string): Viewport {
    this.viewports.get(id)?.close();
    const viewport = new Viewport(id, this.images.ask(imageKey), this.#renderer);
    this.viewports.set(id, viewport);
    return viewport;
  }

  /** A small view of the whole image beside one that shows a part of it; the caller closes it. */
  overviewOf({ id, image }: Viewport): Viewport {
    return new Viewport(`overview of ${id}`, image, this.#renderer);
  }

  close(id: string): void {
    this.viewports.get(id)?.close();
    this.viewports.delete(id);
    this.linked.delete(id);
  }

  drawAll(): void {
    for (const viewport of this.viewports.values()) viewport.changed();
  }

  /** A person moved this viewport: its linked fellows follow. */
  move(viewport: Viewport, camera: Camera): void {
    const before = viewport.camera;
    viewport.setCamera(camera);
    if (!before || !this.linked.has(viewport.id)) return;
    for (const fellow of this.#fellows(viewport)) followCamera(fellow, viewport, before, camera, this.linking);
  }

  /** A person changed how this viewport shows its image: its linked fellows follow. */
  show(viewport: Viewport, change: Partial<Look>): void {
    viewport.setLook(change);
    if (!this.linked.has(viewport.id)) return;
    for (const fellow of this.#fellows(viewport)) followLook(fellow, viewport, change, this.linking);
  }

  /** A person turned this viewport to another plane: fellows that showed the same plane follow. */
  orient(viewport: Viewport, orientation: Orientation): void {
    const before = viewport.orientation;
    viewport.setOrientation(orientation);
    if (!this.linked.has(viewport.id) || !this.linking.orienting) return;
    for (const fellow of this.#fellows(viewport)) if (fellow.orientation === before) fellow.setOrientation(orientation);
  }

  /** Lay an overlay on its images, or lift it off, in all viewports alike. */
  showOverlay(image: PackImage, isVisible: boolean): void {
    for (const { overlays } of this.viewports.values()) for (const each of overlays) if (each.image === image) each.isVisible = isVisible;
    this.drawAll();
  }

  /** Let a viewport move with its fellows, or alone. */
  link(id: string, isLinked: boolean): void {
    if (isLinked) this.linked.add(id);
    else this.linked.delete(id);
  }

  #fellows(viewport: Viewport): Viewport[] {
    return [...this.linked].filter((id) => id !== viewport.id).flatMap((id) => this.viewports.get(id) ?? []);
  }
}
