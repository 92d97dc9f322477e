import { Menu } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useMemo, useState } from "react";

import type { Orientation } from "../imaging";
import { completeness, currentCase, deriveView, keysFor, saveState, type Action, type SaveState } from "../reading";

import { setCine } from "./cine-bar";
import { useReading } from "./desk-context";
import { drawingTools, navigationTools } from "./tool-names";
import { windowChoices } from "./windows";
import { keepSettings } from "./workbench-settings";

const states: Record<SaveState, { words: string; color: string }> = {
  saved: { words: "saved", color: "#51a866" },
  saving: { words: "saving", color: "#4da3ff" },
  kept: { words: "kept here, will be sent", color: "#e0a030" },
  unsaved: { words: "not saved yet", color: "#8b919c" },
  refused: { words: "an answer was not taken", color: "#e05d5d" },
  "signed-out": { words: "sign in to send", color: "#e0a030" },
};

function SaveMark() {
  const { session } = useReading();
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const note = () => setOnline(navigator.onLine);
    addEventListener("online", note);
    addEventListener("offline", note);
    return () => {
      removeEventListener("online", note);
      removeEventListener("offline", note);
    };
  }, []);
  const state = saveState(session);
  if (session.viewedAs !== null) return <span className="state" style={{ "--state": "#8b919c" } as React.CSSProperties}>reading as {session.viewedAs}</span>;
  const { words, color } = states[state];
  return (
    <span className="state" role="status" data-state={state} style={{ "--state": color } as React.CSSProperties}>
      {state === "kept" && session.isStorageRefusing ? "not sent yet: keep this page open" : words}
      {isOnline ? "" : " · offline"}
    </span>
  );
}

/** How far the reader is: a mark for each case, or one bar where there are too many of them. */
function Steps() {
  const { session } = useReading();
  const isDone = useMemo(() => completeness(session), [session]);
  if (session.cases.length > 40) {
    const share = (100 * isDone.filter(Boolean).length) / session.cases.length;
    return (
      <div className="steps whole" aria-hidden="true">
        <span data-done="true" style={{ flex: `0 0 ${String(share)}%` }} />
        <span />
      </div>
    );
  }
  return (
    <div className="steps" aria-hidden="true">
      {session.cases.map(({ pk }, index) => (
        <span key={pk} data-here={index === session.position} data-done={isDone[index]} />
      ))}
    </div>
  );
}

/** A part of its own: sorting values for percentiles waits until somebody opens the menu. */
function WindowItems() {
  const { bench, config } = useReading();
  const viewport = bench.active;
  return windowChoices(viewport, config?.window_presets ?? []).map(({ title, center, width }, index) => (
    <Menu.Item key={`${title}${String(index)}`} onClick={() => viewport && bench.room.show(viewport, { window: { center, width } })} rightSection={index < 9 ? <small>Alt+{index + 1}</small> : null}>
      {title}
    </Menu.Item>
  ));
}

function WindowMenu() {
  const { bench } = useReading();
  return (
    <Menu position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className="tool" title="Window presets (Alt+1…9)">Presets ▾</button>
      </Menu.Target>
      <Menu.Dropdown>
        <WindowItems />
        <Menu.Item onClick={() => bench.perform("invert")}>Invert</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const planes: { value: Orientation; label: string }[] = [
  { value: "native", label: "As acquired" },
  { value: "axial", label: "Axial" },
  { value: "coronal", label: "Coronal" },
  { value: "sagittal", label: "Sagittal" },
];

function ViewMenu() {
  const { bench, session, state } = useReading();
  const viewport = bench.active;
  const optional = currentCase(session)?.optional_hanging_protocols ?? [];
  const isLinked = viewport !== undefined && bench.room.linked.has(viewport.id);
  const slab = (method: "Maximum" | "Minimum" | "Average", millimeters: number) => viewport?.setLook({ slab: { method, millimeters } });
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className="tool">View ▾</button>
      </Menu.Target>
      <Menu.Dropdown mah="80vh" style={{ overflowY: "auto" }}>
        <Menu.Label>Plane</Menu.Label>
        {planes.map(({ value, label }) => (
          <Menu.Item key={value} py={4} disabled={value !== "native" && (viewport?.image.slices ?? 1) < 2} onClick={() => viewport && bench.room.orient(viewport, value)}>{label}</Menu.Item>
        ))}
        <Menu.Item py={4} disabled={(viewport?.image.frames ?? 1) < 2} onClick={() => viewport && setCine(bench, viewport, ({ isPlaying }) => ({ isPlaying: !isPlaying }))}>Play, or stop</Menu.Item>
        <Menu.Label>Slab</Menu.Label>
        <Menu.Item py={4} onClick={() => slab("Maximum", 0)}>One slice</Menu.Item>
        <Menu.Item py={4} onClick={() => slab("Maximum", 10)}>Maximum 10 mm</Menu.Item>
        <Menu.Item py={4} onClick={() => slab("Minimum", 10)}>Minimum 10 mm</Menu.Item>
        <Menu.Item py={4} onClick={() => slab("Average", 10)}>Average 10 mm</Menu.Item>
        <Menu.Label>Picture</Menu.Label>
        {(["flip-horizontal", "flip-vertical", "rotate", "fit", "actual-size", "reset", "crosslines", "hide-text", "hide-annotations"] as const).map((action) => (
          <Menu.Item key={action} py={4} onClick={() => bench.perform(action)} rightSection={<small>{keysFor(state.keys, action)[0] ?? ""}</small>}>
            {{ "flip-horizontal": "Flip left and right", "flip-vertical": "Flip up and down", rotate: "Rotate by 90°", fit: "Fit", "actual-size": "One to one", reset: "Reset", crosslines: "Cross-reference lines", "hide-text": "Corner text", "hide-annotations": "Annotations" }[action]}
          </Menu.Item>
        ))}
        <Menu.Item py={4} onClick={() => bench.state.set({ derived: state.derived ? null : deriveView(currentCase(session)?.pk ?? "") })}>{state.derived ? "All frames" : "Annotated frames only"}</Menu.Item>
        {session.study?.allow_show_all_annotations && (
          <Menu.Item onClick={() => bench.state.set({ areAllShown: !state.areAllShown })}>{state.areAllShown ? "Annotations of the active question only" : "Annotations of all questions"}</Menu.Item>
        )}
        {viewport && bench.room.viewports.size > 1 && (
          <Menu.Item py={4} onClick={() => { bench.room.link(viewport.id, !isLinked); bench.state.set({}); }}>{isLinked ? "Move alone" : "Move with the others"}</Menu.Item>
        )}
        <Menu.Label>Questions</Menu.Label>
        {(["right", "left"] as const).map((panelSide) => (
          <Menu.Item
            key={panelSide}
            py={4}
            disabled={!state.isApart && state.panelSide === panelSide}
            onClick={() => {
              bench.state.set({ isApart: false, panelSide });
              keepSettings({ panelSide });
            }}
          >
            On the {panelSide}
          </Menu.Item>
        ))}
        <Menu.Item py={4} disabled={state.isApart} onClick={() => bench.state.set({ isApart: true })}>In a window of their own</Menu.Item>
        {optional.length > 0 && (
          <>
            <Menu.Label>Layout</Menu.Label>
            <Menu.Item onClick={() => bench.state.set({ protocol: null })}>Standard</Menu.Item>
            {optional.map(({ pk, title }) => (
              <Menu.Item key={pk} onClick={() => bench.state.set({ protocol: pk })}>{title}</Menu.Item>
            ))}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function DrawingTools() {
  const { session, state, bench } = useReading();
  const isWide = useMediaQuery("(min-width: 1700px)");
  const kinds = drawingTools(session);
  const key = (action: Action) => keysFor(state.keys, action)[0] ?? "";
  if (kinds.length <= 3 || isWide) {
    return kinds.map(({ tool, label, action }) => (
      <button key={tool} type="button" className="tool" aria-pressed={state.tool === tool} title={`${label} (${key(action)})`} onClick={() => bench.choose(tool)}>{label}</button>
    ));
  }
  const chosen = kinds.find(({ tool }) => tool === state.tool);
  return (
    <Menu position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className="tool" data-on={chosen !== undefined}>{chosen?.label ?? "Draw"} ▾</button>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map(({ tool, label, action }) => (
          <Menu.Item key={tool} onClick={() => bench.choose(tool)} rightSection={<small>{key(action)}</small>}>{label}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Study, place, case: the place is always seen, the names give way. */
function Place() {
  const { session } = useReading();
  const study = session.study?.title_safe ?? "";
  const title = currentCase(session)?.title_safe ?? "";
  return (
    <h1 className="title" title={[study, title].filter(Boolean).join(" · ")}>
      <bdi className="name">{study}</bdi>
      <span className="dot">·</span>
      <span className="place">case {session.position + 1} of {session.cases.length}</span>
      {title && <span className="dot">·</span>}
      <bdi className="name">{title}</bdi>
    </h1>
  );
}

/** Study, place, state, tools: one slim bar. */
export function Toolbar({ onLeave }: { onLeave: () => void }) {
  const { session, state, bench } = useReading();
  const key = (action: Action) => keysFor(state.keys, action)[0] ?? "";
  return (
    <header className="topbar">
      <button type="button" className="tool" aria-label="My studies" title="My studies" onClick={onLeave}>←</button>
      <Place />
      <Steps />
      <SaveMark />
      {(session.study?.allow_case_navigation || session.viewedAs !== null) && (
        <div className="tools fixed" role="group" aria-label="Cases">
          <button type="button" className="tool" aria-label="Previous case" title={`Previous case (${key("previous-case")})`} disabled={session.position === 0} onClick={() => bench.perform("previous-case")}>‹</button>
          <button type="button" className="tool" aria-label="Next case" title={`Next case, without saving (${key("next-case")})`} disabled={session.position + 1 >= session.cases.length} onClick={() => bench.perform("next-case")}>›</button>
        </div>
      )}
      <div className="tools" role="toolbar" aria-label="Tools">
        {navigationTools.map(({ tool, label, action }) => (
          <button key={tool} type="button" className="tool" aria-pressed={state.tool === tool} title={`${label} (${key(action)})`} onClick={() => bench.choose(tool)}>{label}</button>
        ))}
        <DrawingTools />
      </div>
      <div className="tools fixed" role="group" aria-label="View and undo">
        <WindowMenu />
        <ViewMenu />
        <button type="button" className="tool" aria-label="Undo" title={`Undo (${key("undo")})`} onClick={() => bench.perform("undo")}>↶</button>
        <button type="button" className="tool" aria-label="Redo" title={`Redo (${key("redo")})`} onClick={() => bench.perform("redo")}>↷</button>
        <button type="button" className="tool" aria-label="All keys" title="All keys (?)" onClick={() => bench.perform("help")}>?</button>
      </div>
    </header>
  );
}
