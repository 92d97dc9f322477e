import { Menu } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useMemo, useState } from "react";

import { completeness, currentCase, keysFor, saveState, type Action, type SaveState } from "../reading";

import { useReading } from "./desk-context";
import { hiddenParts } from "./switches";
import { drawingTools, navigationTools } from "./tool-names";
import { ViewMenu } from "./view-menu";
import { windowChoices } from "./windows";

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
  const { bench, config } = useReading();
  const hidden = hiddenParts(config);
  const invert = () => bench.perform("invert");
  if (hidden.has("presets")) return hidden.has("invert") ? null : <button type="button" className="tool" onClick={invert}>Invert</button>;
  return (
    <Menu position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className="tool" title="Window presets (Alt+1…9)">Presets ▾</button>
      </Menu.Target>
      <Menu.Dropdown>
        <WindowItems />
        {!hidden.has("invert") && <Menu.Item onClick={invert}>Invert</Menu.Item>}
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
  const { session, state, bench, config } = useReading();
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
        {navigationTools(config).map(({ tool, label, action }) => (
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
