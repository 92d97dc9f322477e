import { useEffect } from "react";

import { pkOf, type DisplaySet } from "../contract";
import type { PackImage } from "../imaging";
import { keyOf, masksOfView, questionsOf } from "../reading";

import { useReading, type ReadingTools } from "./desk-context";
import { MaskBench } from "./mask-bench";

/** Follow an image until the case is left. */
function follow(image: PackImage, listener: () => void, isLeft: AbortSignal): void {
  const release = image.subscribe(listener);
  if (isLeft.aborted) release();
  else isLeft.addEventListener("abort", release);
}

/** The masks of a case: what was painted before comes back from the browser, from the answer, or from the socket. */
export async function openMasks(tools: ReadingTools, displaySet: DisplaySet, isLeft: AbortSignal): Promise<void> {
  const { bench, desk, kept } = tools;
  for (const question of desk.session.study?.questions ?? []) {
    const viewport = question.answer_type === "Mask" ? bench.viewportOfPort(question.image_port) : undefined;
    if (!viewport) continue;
    const key = keyOf(displaySet.pk, question.pk);
    const known = bench.masks.get(key);
    const mask = known?.image === viewport.image ? known : new MaskBench(key, viewport.image, question.overlay_segments);
    bench.keepMask(mask);
    const shown = () => bench.shownMask(question.pk, mask);
    for (const each of bench.room.viewports.values()) {
      if (each.image !== viewport.image) continue;
      each.veils.push({ source: () => shown()?.source(), tint: () => (bench.state.get().areAnnotationsHidden ? undefined : shown()?.tint(performance.now())) });
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

/** Masks of the reader whose annotated frames are shown: they take the place of one's own, and are only looked at. */
export function useLentMasks(isOpen: boolean): void {
  const { bench, desk, kept, config, session, state } = useReading();
  const { derived, others } = state;
  const wanted = JSON.stringify(derived && isOpen ? masksOfView(derived, session, others).map(({ question, image }) => [question.pk, image]) : []);
  useEffect(() => {
    const left = new AbortController();
    for (const [pk, key] of JSON.parse(wanted) as [string, string][]) {
      const question = questionsOf(desk.session).find((each) => each.pk === pk);
      const viewport = question && bench.viewportOfPort(question.image_port);
      if (!viewport) continue;
      const mask = new MaskBench(key, viewport.image, question.overlay_segments);
      bench.lentMasks.set(pk, mask);
      adoptWhenFull({ bench, desk, kept, config }, mask, key, left.signal);
    }
    return () => {
      left.abort();
      bench.lentMasks.clear();
    };
  }, [wanted, bench, desk, kept, config]);
  useEffect(() => bench.room.drawAll(), [bench, derived]);
}
