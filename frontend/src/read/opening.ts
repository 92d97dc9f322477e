import { pkOf, type WindowPreset, type WorkstationConfig } from "../contract";
import { heatPalette, paletteOf, segmentPalette, windowOf, type Hung, type Layer } from "../hanging";
import { linkEverything, type Linking, type Look, type Overlay, type Tint, type Viewport } from "../imaging";

import type { ReadingTools } from "./desk-context";

function tintOf(layer: Layer, { image }: Pick<Overlay, "image">, alpha: number, config: WorkstationConfig | null): Tint {
  if (layer.isSegmentation) return { palette: segmentPalette(layer.segments), low: 0, high: 255, alpha, isSmooth: false };
  const [slope, intercept] = image.scale(0);
  const { minimum, maximum } = image.index ?? { minimum: 0, maximum: 1 };
  const lut = layer.lut ?? (config && config.overlay_luts.length > 0 ? config.default_overlay_lut : null);
  const isFixed = lut !== null && lut.range_min !== null && lut.range_max !== null && lut.relative !== true;
  return {
    palette: lut ? paletteOf(lut) : heatPalette,
    low: isFixed ? (lut.range_min ?? 0) : minimum * slope + intercept,
    high: isFixed ? (lut.range_max ?? 1) : maximum * slope + intercept,
    alpha,
    isSmooth: config?.default_overlay_interpolation !== "NearestNeighbor",
  };
}

function addOverlay({ bench, config }: ReadingTools, viewport: Viewport, layer: Layer, opacity: number | null): void {
  const image = bench.room.images.ask(pkOf(layer.image));
  const alpha = opacity ?? config?.default_overlay_alpha ?? 0.5;
  const overlay: Overlay = { name: layer.socket.title, image, tint: tintOf(layer, { image }, alpha, config), isVisible: true };
  viewport.overlays.push(overlay);
  viewport.watch(image);
  const release = image.subscribe(() => {
    if (!image.index) return;
    overlay.tint = tintOf(layer, overlay, overlay.tint.alpha, config);
    release();
  });
}

/** A window by percentiles waits for the values it is taken from. */
function beginWithPreset(viewport: Viewport, preset: WindowPreset): void {
  if (preset.center !== null && preset.width !== null) return viewport.beginWith({ window: windowOf(preset, []) });
  const release = viewport.subscribe(() => {
    const values = viewport.image.sortedValues;
    if (values.length === 0) return;
    release();
    viewport.beginWith({ window: windowOf(preset, values) });
  });
}

const orientations = { Axial: "axial", Coronal: "coronal", Sagittal: "sagittal" } as const;

/** How the study's viewer settings want an image shown. */
function lookOf(config: WorkstationConfig): Partial<Look> {
  const { default_slab_thickness_mm: millimeters, default_slab_render_method: method, default_image_interpolation: interpolation } = config;
  return {
    ...(millimeters && method ? { slab: { millimeters, method } } : {}),
    ...(interpolation === "NearestNeighbor" ? { isSmooth: false } : {}),
  };
}

function linkingOf(config: WorkstationConfig | null): Linking {
  if (!config) return linkEverything;
  return {
    slicing: config.link_slicing,
    zooming: config.link_zooming,
    panning: config.link_panning,
    windowing: config.link_windowing,
    inverting: config.link_inverting,
    orienting: config.link_orienting,
    flipping: config.link_flipping,
  };
}

/** Open what hangs: a viewport per image, its overlays, and which of them move together. */
export function openViewports(tools: ReadingTools, hung: readonly Hung[]): void {
  const { bench, config } = tools;
  bench.room.linking = linkingOf(config);
  for (const each of hung) {
    if (!each.base || each.view !== "image") continue;
    const viewport = bench.room.open(each.name, pkOf(each.base.image));
    viewport.orientation = each.orientation ?? ((config?.default_orientation && orientations[config.default_orientation]) || "native");
    viewport.startPosition = each.startPosition;
    viewport.zoomScale = config?.default_zoom_scale || 1;
    for (const layer of each.overlays) addOverlay(tools, viewport, layer, each.overlayOpacity);
    if (each.isLinked && hung.length > 1 && config?.link_images !== false) bench.room.linked.add(each.name);
    if (!config) continue;
    viewport.beginWith(lookOf(config));
    if (config.default_window_preset && config.window_presets.length > 0) beginWithPreset(viewport, config.default_window_preset);
  }
}
