import { useEffect, useSyncExternalStore } from "react";

import type { Viewport } from "../imaging";
import { isImageQuestion, readersIn } from "../reading";

import { annotatedSlices, fetchOthers, keepToAnnotated, showAnnotated } from "./derived";
import { useReading } from "./desk-context";

const refreshMs = 10_000;

/** What the view of annotated frames shows, and of whom. */
export function DerivedBar({ viewport }: { viewport: Viewport }) {
  const { desk, bench, kept, config, session, state } = useReading();
  const { derived, others } = state;
  const base = derived?.base;
  useSyncExternalStore(viewport.subscribe, () => viewport.version);
  useEffect(() => {
    if (base === undefined) return;
    const tools = { desk, bench, kept, config };
    const fetchAll = () => void fetchOthers(tools, base).catch(() => undefined);
    fetchAll();
    const timer = setInterval(fetchAll, refreshMs);
    return () => clearInterval(timer);
  }, [desk, bench, kept, config, base]);
  useEffect(() => {
    const tools = { desk, bench, kept, config };
    const keep = () => keepToAnnotated(tools);
    keep();
    const releases = [desk.subscribe(keep), viewport.subscribe(keep)];
    return () => releases.forEach((release) => release());
  }, [desk, bench, kept, config, viewport, derived, others]);
  if (!derived) return null;
  const tools = { desk, bench, kept, config };
  const slices = annotatedSlices(tools, viewport) ?? [];
  const at = slices.indexOf(viewport.slice.index);
  const questions = (session.study?.questions ?? []).filter(isImageQuestion);
  const shown = session.viewedAs ?? kept.person;
  const choose = (reader: string | null, question: string | null) => showAnnotated(tools, derived.base, reader, question);
  return (
    <div className="derived" role="group" aria-label="Annotated frames only" data-derived={derived.id} onPointerDown={(event) => event.stopPropagation()} onDoubleClick={(event) => event.stopPropagation()}>
      <span role="status">{slices.length === 0 ? "No annotated frames" : `Annotated frames: ${at < 0 ? "–" : String(at + 1)} of ${String(slices.length)}`}</span>
      <select aria-label="Of reader" value={derived.reader ?? ""} onChange={(event) => choose(event.target.value || null, derived.question)}>
        <option value="">{session.viewedAs ?? "mine"}</option>
        {readersIn(others, shown).map((reader) => (
          <option key={reader} value={reader}>{reader}</option>
        ))}
      </select>
      <select aria-label="Of question" value={derived.question ?? ""} onChange={(event) => choose(derived.reader, event.target.value || null)}>
        <option value="">all questions</option>
        {questions.map(({ pk, question_text_safe }) => (
          <option key={pk} value={pk}>{new DOMParser().parseFromString(question_text_safe, "text/html").body.textContent.slice(0, 40)}</option>
        ))}
      </select>
      <button type="button" className="tool" onClick={() => bench.state.set({ derived: null })}>All frames</button>
    </div>
  );
}
