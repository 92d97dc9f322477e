import { Button, Text } from "@mantine/core";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import { pkOf, type Person, type WorkstationConfig } from "../contract";
import { hangCase } from "../hanging";
import {
  chordOf,
  countTime,
  currentCase,
  Desk,
  isAnswerable,
  noteActivity,
  setVisible,
  startStopwatch,
  turnTo,
  type Action,
} from "../reading";
import { goTo, Notice, ProblemNote, Waiting } from "../ui";

import { perform, pressDigit } from "./actions";
import { HttpAnswers } from "./delivery";
import { ReadingContext, useReading, type ReadingTools } from "./desk-context";
import { EndPage } from "./end-page";
import { HelpDialog } from "./help-dialog";
import { KeptEdits } from "./kept-edits";
import { loadSession, newCounter } from "./load";
import { maskFile } from "./mask-bench";
import { holdPen } from "./pen";
import { PointerMenu } from "./pointer-menu";
import { QuestionPanel } from "./question-panel";
import { QuestionWindow } from "./question-window";
import { SignIn } from "./sign-in";
import { restingTool } from "./switches";
import { Toolbar } from "./toolbar";
import { ViewportGrid } from "./viewport-grid";
import { Workbench } from "./workbench";
import { keepSettings, settingsOf } from "./workbench-settings";

export { startDecoders } from "../imaging";

interface Props {
  slug: string;
  person: Person;
  viewedAs: string | null;
  startAt: number | null;
}

const later = (act: () => void, ms: number) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

function useTools(person: Person): { tools: Omit<ReadingTools, "config">; close: () => void } {
  return useMemo(() => {
    const bench = new Workbench(settingsOf(person.username).store.get());
    const kept = new KeptEdits(person.username);
    const maskOf = async (key: string) => {
      const mask = bench.masks.get(key)?.snapshot() ?? (await kept.mask(key));
      return mask ? maskFile(mask) : null;
    };
    const desk = new Desk(new HttpAnswers(maskOf), kept, { later });
    return { tools: { desk, bench, kept }, close: () => desk.close() };
  }, [person]);
}

/** Reading a study: loads it, holds the pen, and shows where the session stands. */
export default function ReadingScreen({ slug, person, viewedAs, startAt }: Props) {
  const { tools, close } = useTools(person);
  const [config, setConfig] = useState<WorkstationConfig | null>(null);
  const [attempt, setAttempt] = useState(0);
  const pen = useRef<ReturnType<typeof holdPen>>(null);
  const { desk } = tools;
  const session = useSyncExternalStore(desk.subscribe, desk.snapshot);

  useEffect(() => {
    let isCurrent = true;
    loadSession({ slug, kept: tools.kept, viewedAs })
      .then((loaded) => {
        if (!isCurrent) return;
        setConfig(loaded.config);
        desk.dispatch({ type: "loaded", ...loaded, viewedAs, counter: newCounter(), ...(startAt === null ? {} : { startAt }) });
      })
      .catch((problem: unknown) => isCurrent && desk.dispatch({ type: "load-failed", message: problem instanceof Error ? problem.message : String(problem) }));
    return () => {
      isCurrent = false;
    };
  }, [slug, viewedAs, startAt, desk, tools, attempt]);

  useEffect(() => {
    if (viewedAs !== null) return;
    const held = holdPen(`${person.username}-${slug}`, (isElsewhere) => {
      const wasElsewhere = desk.session.isElsewhere;
      desk.dispatch({ type: "pen-moved", isElsewhere });
      if (wasElsewhere && !isElsewhere) setAttempt((count) => count + 1);
    });
    pen.current = held;
    const online = () => {
      desk.dispatch({ type: "retry-due" });
      if ([...tools.bench.room.viewports.values()].some(({ image }) => image.progress === "failed")) tools.bench.openAgain();
    };
    addEventListener("online", online);
    return () => {
      held.release();
      removeEventListener("online", online);
    };
  }, [desk, tools, person, slug, viewedAs]);

  useEffect(() => {
    const { store } = settingsOf(person.username);
    return store.subscribe(() => tools.bench.takeSettings(store.get()));
  }, [person, tools]);

  useEffect(() => () => close(), [close]);

  const all = useMemo(() => ({ ...tools, config }), [tools, config]);
  if (session.phase === "loading") return <Waiting>Opening the study…</Waiting>;
  if (session.phase === "failed") {
    return (
      <ProblemNote title="The study cannot be opened" onRetry={() => setAttempt(attempt + 1)}>
        {session.failure} Nothing of your answers is lost.
      </ProblemNote>
    );
  }
  return (
    <ReadingContext value={all}>
      {session.phase === "finished" || session.cases.length === 0 ? <EndPage onReview={(at) => desk.dispatch({ type: "reopened", at })} onReload={() => setAttempt(attempt + 1)} /> : <Room onTakePen={() => pen.current?.take()} person={person} />}
    </ReadingContext>
  );
}

/** The screen while cases are read. */
function Room({ onTakePen, person }: { onTakePen: () => void; person: Person }) {
  const { session, state, bench, desk, config } = useReading();
  useKeys();
  useClock();
  usePrefetch();
  const here = currentCase(session)?.pk;
  useEffect(() => {
    bench.dropCase();
    const first = desk.session.study?.questions.find(isAnswerable);
    bench.state.set({ question: first?.pk ?? null, tool: restingTool(config) });
  }, [here, bench, desk, config]);
  return (
    <div className="reading">
      <Toolbar onLeave={() => goTo("/")} />
      <div className="workspace" data-side={state.panelSide}>
        <ViewportGrid />
        {state.isApart ? (
          <QuestionWindow>
            <Questions onTakePen={onTakePen} person={person} />
          </QuestionWindow>
        ) : (
          <>
            <Handle />
            <aside className="panel" style={{ width: state.panelWidth }} aria-label="Questions">
              <Questions onTakePen={onTakePen} person={person} />
            </aside>
          </>
        )}
      </div>
      <HelpDialog />
      <PointerMenu />
    </div>
  );
}

/** The questions, and before them what the reader must know about this window, this tab, this account. */
function Questions({ onTakePen, person }: { onTakePen: () => void; person: Person }) {
  const { session, state, bench, desk } = useReading();
  return (
    <>
      {state.notice && <Notice onClose={() => bench.state.set({ notice: "" })}>{state.notice}</Notice>}
      {session.isElsewhere && (
        <Notice title="This study is open in another tab">
          Answers are taken there. <Button size="compact-xs" onClick={onTakePen}>Read here instead</Button>
        </Notice>
      )}
      {session.connection === "signed-out" && (
        <Notice title="You were signed out">
          <Text size="sm" mb="xs">Your answers are kept here and sent as soon as you sign in.</Text>
          <SignIn username={person.username} isSmall onDone={() => desk.dispatch({ type: "signed-in" })} />
        </Notice>
      )}
      <QuestionPanel />
    </>
  );
}

/** The bar between images and questions: drag to resize, double click to change sides. */
function Handle() {
  const { bench, state } = useReading();
  const set = (panelWidth: number) => bench.state.set({ panelWidth: Math.min(640, Math.max(280, panelWidth)) });
  const keep = () => keepSettings({ panelWidth: bench.state.get().panelWidth, panelSide: bench.state.get().panelSide });
  return (
    <div
      className="handle"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the questions"
      aria-valuenow={state.panelWidth}
      aria-valuemin={280}
      aria-valuemax={640}
      tabIndex={0}
      onKeyDown={(event) => {
        const step = { ArrowLeft: 20, ArrowRight: -20 }[event.key];
        if (!step) return;
        event.stopPropagation();
        set(state.panelWidth + (state.panelSide === "right" ? step : -step));
        keep();
      }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => event.buttons === 1 && set(state.panelSide === "right" ? innerWidth - event.clientX : event.clientX)}
      onPointerUp={keep}
      onDoubleClick={() => {
        bench.state.set({ panelSide: state.panelSide === "right" ? "left" : "right" });
        keep();
      }}
    />
  );
}

const typingActions: readonly Action[] = ["save-and-next", "next-question", "previous-question"];

/** Keys work everywhere; while somebody types, only those that no text needs. */
function useKeys(): void {
  const tools = useReading();
  const { bench, desk, kept, config, state } = tools;
  useEffect(() => {
    const all = { bench, desk, kept, config };
    bench.perform = (action) => perform(all, action);
    const press = (event: KeyboardEvent) => {
      const chord = chordOf(event);
      const target = event.target as HTMLElement;
      const isTyping = target.matches("textarea, select, [role=combobox], input:not([type=radio]):not([type=checkbox])");
      const isControl = target.matches("button, a, [role=slider], [role=separator], input") || target.closest("[role=dialog]") !== null;
      const action = bench.state.get().keys[chord];
      if (target.closest("[role=menu], [role=listbox], form")) return;
      if (target.closest("[role=dialog]") && action !== "cancel" && action !== "help") return;
      if (isTyping && !(action && typingActions.includes(action) && !(chord === "Enter" && target.matches("textarea, [role=combobox]")))) return;
      if (isControl && !isTyping && (chord === "Space" || (chord === "Enter" && target.matches("button, a, [role=menuitem]")))) return;
      if (chord === "F6" || (chord.endsWith("Tab") && target.closest(".topbar, .foot, .handle"))) {
        if (chord === "F6") event.preventDefault();
        if (chord === "F6") focusNextRegion(target);
        return;
      }
      if (target.matches("[role=slider], [type=radio]") && chord.startsWith("Arrow")) return;
      if (!isTyping && pressDigit(all, chord)) event.preventDefault();
      else if (action) {
        event.preventDefault();
        perform(all, action);
      }
    };
    const windows = state.apart ? [window, state.apart] : [window];
    for (const each of windows) each.addEventListener("keydown", press);
    return () => {
      for (const each of windows) each.removeEventListener("keydown", press);
    };
  }, [bench, desk, kept, config, state.keys, state.apart]);
}

/** F6 goes from the bar to the images to the questions and back, for those who read without a mouse. */
function focusNextRegion(from: HTMLElement): void {
  const regions = [".topbar", ".stage", ".panel"];
  const at = regions.findIndex((region) => from.closest(region));
  const next = document.querySelector(regions[(at + 1) % regions.length] ?? ".topbar");
  next?.querySelector<HTMLElement>("button:not([disabled]), [tabindex='0'], input, textarea")?.focus();
}

/** Count active reading time: a second at a time, to the question that is open. */
function useClock(): void {
  const { desk, state, session } = useReading();
  const here = currentCase(session)?.pk ?? "";
  const question = state.question ?? "";
  const { apart } = state;
  useEffect(() => {
    let watch = startStopwatch(Date.now(), question);
    const alive = () => (watch = noteActivity(watch, Date.now()));
    const shown = () => (watch = setVisible(watch, Date.now(), document.visibilityState === "visible"));
    const settle = () => {
      watch = countTime(watch, Date.now());
      const seconds = watch.seconds[question] ?? 0;
      if (seconds > 0 && question && here) desk.dispatch({ type: "time-passed", question, displaySet: here, seconds });
      watch = { ...turnTo(watch, Date.now(), question), lastActivity: watch.lastActivity, seconds: {} };
    };
    const signs = ["pointermove", "pointerdown", "keydown", "wheel"] as const;
    const windows = apart ? [window, apart] : [window];
    for (const sign of signs) for (const each of windows) each.addEventListener(sign, alive, { passive: true });
    document.addEventListener("visibilitychange", shown);
    const timer = setInterval(settle, 5000);
    return () => {
      settle();
      clearInterval(timer);
      for (const sign of signs) for (const each of windows) each.removeEventListener(sign, alive);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [desk, here, question, apart]);
}

/** Fetch the next case's images as soon as this one's are complete; going back finds them again. */
function usePrefetch(): void {
  const { bench, session } = useReading();
  const { position, cases } = session;
  useEffect(() => {
    const timer = setInterval(() => {
      const viewports = [...bench.room.viewports.values()];
      if (viewports.length === 0 || viewports.some(({ image }) => image.progress === "waiting" || image.progress === "coarse")) return;
      clearInterval(timer);
      const neighbours = [cases[position + 1], cases[position - 1]].flatMap((each) => (each ? [each] : []));
      const needed = new Set(viewports.map(({ image }) => image.key));
      const next = neighbours[0] === cases[position + 1] ? neighbours[0] : undefined;
      for (const { base, overlays } of next ? hangCase(next) : []) {
        for (const layer of [base, ...overlays]) {
          if (!layer) continue;
          needed.add(pkOf(layer.image));
          bench.room.images.ask(pkOf(layer.image));
        }
      }
      bench.room.images.trim(needed);
    }, 300);
    return () => clearInterval(timer);
  }, [bench, position, cases]);
}
