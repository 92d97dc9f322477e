import { useEffect, useMemo, useState } from "react";

import { pkOf, type DisplaySet } from "../contract";
import { hangCase, heatPalette, paletteOf, segmentPalette, type Hung, type Layer } from "../hanging";
import type { Overlay, PackImage, Tint, Viewport } from "../imaging";
import { currentCase, keyOf } from "../reading";

import { ContentPane } from "./content-pane";
import { useReading, type ReadingTools } from "./desk-context";
import { MaskBench } from "./mask-bench";
import { ViewportPane } from "./viewport-pane";

function tintOf(layer: Layer, overlay: Overlay["image"], alpha: number): Tint {
  if (layer.isSegmentation) return { palette: segmentPalette(layer.segments), low: 0, high: 255, alpha, isSmooth: false };
  const [slope, intercept] = overlay.scale(0);
  const { minimum, maximum } = overlay.index ?? { minimum: 0, maximum: 1 };
  const { lut } = layer;
  const isFixed = lut !== null && lut.range_min !== null && lut.range_max !== null && lut.relative !== true;
  return {
    palette: lut ? paletteOf(lut) : heatPalette,
    low: isFixed ? (lut.range_min ?? 0) : minimum * slope + intercept,
    high: isFixed ? (lut.range_max ?? 1) : maximum * slope + intercept,
    alpha,
    isSmooth: true,
  };
}

function addOverlay({ bench, config }: ReadingTools, viewport: Viewport, layer: Layer, opacity: number | null): void {
  const image = bench.room.images.ask(pkOf(layer.image));
  const alpha = opacity ?? config?.default_overlay_alpha ?? 0.5;
  const overlay: Overlay = { name: layer.socket.title, image, tint: tintOf(layer, image, alpha), isVisible: true };
  viewport.overlays.push(overlay);
  viewport.watch(image);
  const release = image.subscribe(() => {
    if (!image.index) return;
    overlay.tint = tintOf(layer, image, overlay.tint.alpha);
    release();
  });
}

/** Open what hangs: a viewport per image, its overlays, and which of them move together. */
function openViewports(tools: ReadingTools, hung: readonly Hung[]): void {
  const { bench, config } = tools;
  for (const each of hung) {
    if (!each.base) continue;
    const viewport = bench.room.open(each.name, pkOf(each.base.image));
    viewport.orientation = each.orientation ?? orientationOf(config?.default_orientation);
    viewport.startPosition = each.startPosition;
    viewport.zoomScale = config?.default_zoom_scale || 1;
    for (const layer of each.overlays) addOverlay(tools, viewport, layer, each.overlayOpacity);
    if (each.isLinked && hung.length > 1) bench.room.linked.add(each.name);
    const preset = config?.default_window_preset;
    if (preset && preset.center !== null && preset.width !== null && config.window_presets.length > 0) viewport.setLook({ window: { center: preset.center, width: preset.width } });
  }
}

const orientationOf = (name: string | undefined) => {
  const orientation = name?.toLowerCase();
  return orientation === "axial" || orientation === "coronal" || orientation === "sagittal" ? orientation : "native";
};

/** Follow an image until the case is left. */
function follow(image: PackImage, listener: () => void, isLeft: AbortSignal): void {
  const release = image.subscribe(listener);
  if (isLeft.aborted) release();
  else isLeft.addEventListener("abort", release);
}

/** The masks of a case: what was painted before comes back from the browser, from the answer, or from the socket. */
async function openMasks(tools: ReadingTools, displaySet: DisplaySet, isLeft: AbortSignal): Promise<void> {
  const { bench, desk, kept } = tools;
  for (const question of desk.session.study?.questions ?? []) {
    const viewport = question.answer_type === "Mask" ? bench.viewportOfPort(question.image_port) : undefined;
    if (!viewport) continue;
    const key = keyOf(displaySet.pk, question.pk);
    const known = bench.masks.get(key);
    const mask = known?.image === viewport.image ? known : new MaskBench(key, viewport.image, question.overlay_segments);
    bench.keepMask(mask);
    for (const each of bench.room.viewports.values()) {
      if (each.image !== viewport.image) continue;
      each.veils.push({ source: () => mask.source(), tint: () => (bench.state.get().areAnnotationsHidden ? undefined : mask.tint(performance.now())) });
      each.veils.push({ source: () => (mask.preview && mask.grid ? { grid: mask.grid, valueAt: mask.image.reader(0) ?? (() => 0) } : undefined), tint: () => mask.previewTint(performance.now(), bench.state.get().brush.label) });
    }
    const runs = (await kept.mask(key))?.runs;
    if (isLeft.aborted) return;
    const value = desk.session.drafts[key]?.value;
    const answered = typeof value === "object" && value !== null && "image" in value ? String(value["image"]) : null;
    const given = displaySet.values.find((each) => each.interface.slug === question.interface?.slug)?.image ?? null;
    const restore = () => {
      if (!mask.grid || mask.mask || !runs) return;
      mask.restore(runs);
      bench.masksChanged();
    };
    follow(viewport.image, restore, isLeft);
    restore();
    bench.masksChanged();
    const stored = runs ? null : (answered ?? given);
    if (stored) adoptWhenFull(tools, mask, pkOf(stored), isLeft);
  }
}

function adoptWhenFull({ bench }: ReadingTools, mask: MaskBench, key: string, isLeft: AbortSignal): void {
  const image = bench.room.images.ask(key);
  const take = () => {
    if (image.progress !== "full" || mask.voxels > 0) return;
    mask.adopt(image);
    bench.masksChanged();
  };
  follow(image, take, isLeft);
  follow(mask.image, take, isLeft);
  take();
}

function useHung(): { hung: Hung[]; isOpen: boolean } {
  const { session, state, bench, desk, kept, config } = useReading();
  const here = currentCase(session);
  const aspect = useMemo(() => (innerWidth - 360) / Math.max(1, innerHeight - 40), []);
  const protocol = here?.optional_hanging_protocols.find(({ pk }) => pk === state.protocol) ?? here?.hanging_protocol ?? null;
  const hung = useMemo(() => (here ? hangCase(here, protocol, aspect) : []), [here, protocol, aspect]);
  const [openFor, setOpenFor] = useState<Hung[] | null>(null);
  useEffect(() => {
    if (!here) return;
    const tools = { desk, bench, kept, config };
    bench.hung = hung;
    openViewports(tools, hung);
    const left = new AbortController();
    void openMasks(tools, here, left.signal);
    bench.state.set({ viewport: hung.find(({ base }) => base)?.name ?? "main", full: null });
    setOpenFor(hung);
    return () => {
      left.abort();
      for (const id of [...bench.room.viewports.keys()]) bench.room.close(id);
    };
  }, [hung, here, desk, bench, kept, config]);
  return { hung, isOpen: openFor === hung };
}

const percent = (share: number) => `${String(share * 100)}%`;

function styleOf({ place, name }: Hung, full: string | null): React.CSSProperties {
  if (full !== null) return full === name ? { left: 0, top: 0, width: "100%", height: "100%" } : { display: "none" };
  return { left: percent(place.x), top: percent(place.y), width: percent(place.w), height: percent(place.h) };
}

/** The area where a case hangs. */
export function ViewportGrid() {
  const { state, bench } = useReading();
  const { hung, isOpen } = useHung();
  if (!isOpen) return <div className="stage" />;
  return (
    <main className="stage" aria-label="Images">
      {hung.length === 0 && <div className="failed">This case has nothing to show. Answer the questions, or tell the study's editor.</div>}
      {hung.map((each) => {
        const viewport = bench.room.viewports.get(each.name);
        const style = styleOf(each, state.full);
        return viewport && each.base ? <ViewportPane key={each.name} viewport={viewport} hung={each} style={style} /> : <ContentPane key={each.name} hung={each} style={style} />;
      })}
    </main>
  );
}
