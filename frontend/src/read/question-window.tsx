import { MantineProvider, Portal, useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { createPortal } from "react-dom";

import { theme, variables } from "../ui";

import { useReading } from "./desk-context";

const followed = ["mousemove", "mouseup"] as const;

/** Dress a new window like this one. */
function dress(apart: Window, title: string): void {
  const { document: page } = apart;
  page.documentElement.lang = document.documentElement.lang;
  page.head.replaceChildren(...[...document.querySelectorAll("link[rel=stylesheet], head style")].map((each) => {
    const copy = each.cloneNode(true) as HTMLElement;
    if (each instanceof HTMLLinkElement) copy.setAttribute("href", each.href);
    return copy;
  }));
  page.title = title;
  page.body.replaceChildren();
  page.body.className = "apart";
}

/** Sliders follow the hand on the page they were made for: it is told what the hand does on the other one. */
function follow(apart: Window): void {
  for (const kind of followed) apart.document.addEventListener(kind, (event) => document.dispatchEvent(new MouseEvent(kind, event)));
}

/** What is inside, in a window of its own: for a second display. Closing it brings everything back. */
export function QuestionWindow({ children }: { children: ReactNode }) {
  const { bench, session } = useReading();
  const [apart, setApart] = useState<Window | null>(null);
  const scheme = useComputedColorScheme("dark");
  const title = session.study?.title_safe ?? "readroom";
  useEffect(() => {
    const opened = window.open("", "readroom-questions", "popup,width=440,height=900");
    if (!opened) {
      bench.state.set({ isApart: false, notice: "The browser did not allow another window; allow windows of this page and try again." });
      return;
    }
    dress(opened, title);
    follow(opened);
    setApart(opened);
    bench.state.set({ apart: opened });
    const back = () => bench.state.set({ isApart: false, apart: null });
    const watch = setInterval(() => opened.closed && back(), 400);
    const leave = () => opened.close();
    addEventListener("pagehide", leave);
    return () => {
      clearInterval(watch);
      removeEventListener("pagehide", leave);
      opened.close();
      bench.state.set({ apart: null });
    };
  }, [bench, title]);
  const inside = useMemo(() => apart && { ...theme, components: { ...theme.components, Portal: Portal.extend({ defaultProps: { target: apart.document.body } }) } }, [apart]);
  if (!apart || !inside) return null;
  return createPortal(
    <MantineProvider theme={inside} cssVariablesResolver={variables} forceColorScheme={scheme} getRootElement={() => apart.document.documentElement}>
      <main className="panel" style={{ height: "100vh" }}>
        <VisuallyHidden component="h1">Questions</VisuallyHidden>
        {children}
      </main>
    </MantineProvider>,
    apart.document.body,
  );
}
