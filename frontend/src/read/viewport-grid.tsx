import { useEffect, useMemo, useState } from "react";

import { pkOf, type DisplaySet } from "../contract";
import { hangCase, type Hung } from "../hanging";
import type { PackImage } from "../imaging";
import { currentCase, keyOf } from "../reading";

import { ContentPane } from "./content-pane";
import { useReading, type ReadingTools } from "./desk-context";
import { MaskBench } from "./mask-bench";
import { Minimap } from "./minimap";
import { MoveGrip, usePlace } from "./move-grip";
import { openViewports } from "./opening";
import { TimeCurve } from "./time-curve";
import { ViewportPane } from "./viewport-pane";

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
    bench.state.set({ viewport: hung.find(({ base, isSelectable }) => base && isSelectable)?.name ?? "main", full: null });
    setOpenFor(hung);
    return () => {
      left.abort();
      for (const id of [...bench.room.viewports.keys()]) bench.room.close(id);
    };
  }, [hung, here, desk, bench, kept, config, state.opening]);
  return { hung, isOpen: openFor === hung };
}

const percent = (share: number) => `${String(share * 100)}%`;

function styleOf({ name, parent, isDraggable }: Hung, place: Hung["place"], full: string | null): React.CSSProperties {
  if (full !== null) return full === name ? { left: 0, top: 0, width: "100%", height: "100%" } : { display: "none" };
  return { left: percent(place.x), top: percent(place.y), width: percent(place.w), height: percent(place.h), zIndex: parent !== null || isDraggable ? 1 : 0 };
}

/** One viewport, with a grip where a hand can move it. */
function Place({ hung }: { hung: Hung }) {
  const { full } = useReading().state;
  const style = styleOf(hung, usePlace(hung), full);
  return (
    <>
      <Piece hung={hung} style={style} />
      {hung.isDraggable && full === null && <MoveGrip hung={hung} />}
    </>
  );
}

/** What hangs at one place. */
function Piece({ hung, style }: { hung: Hung; style: React.CSSProperties }) {
  const { viewports } = useReading().bench.room;
  const [viewport, parent] = [viewports.get(hung.name), viewports.get(hung.parent ?? "")];
  if (hung.view === "minimap" && parent) return <Minimap of={parent} style={style} />;
  if (hung.view === "time curve" && parent) return <TimeCurve of={parent} style={style} />;
  return viewport ? <ViewportPane viewport={viewport} hung={hung} style={style} /> : <ContentPane hung={hung} style={style} />;
}

/** The area where a case hangs. */
export function ViewportGrid() {
  const { bench, config } = useReading();
  const { hung, isOpen } = useHung();
  const brush = config?.default_brush_size;
  useEffect(() => {
    if (brush) bench.setBrush({ radius: brush / 2 });
  }, [bench, brush]);
  if (!isOpen) return <div className="stage" />;
  return (
    <main className="stage" aria-label="Images">
      {hung.length === 0 && <div className="failed">This case has nothing to show. Answer the questions, or tell the study's editor.</div>}
      {hung.map((each) => (
        <Place key={each.name} hung={each} />
      ))}
    </main>
  );
}
