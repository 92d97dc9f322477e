import { useEffect, useMemo, useState } from "react";

import { hangCase, type Hung } from "../hanging";
import { currentCase } from "../reading";

import { openMasks, useLentMasks } from "./case-masks";
import { ContentPane } from "./content-pane";
import { useReading } from "./desk-context";
import { Minimap } from "./minimap";
import { MoveGrip, usePlace } from "./move-grip";
import { openViewports } from "./opening";
import { TimeCurve } from "./time-curve";
import { ViewportPane } from "./viewport-pane";

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
  useLentMasks(isOpen);
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
