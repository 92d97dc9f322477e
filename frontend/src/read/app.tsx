import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMantineColorScheme } from "@mantine/core";
import { Suspense, useEffect, useState, type ComponentType } from "react";

import { signOut, whoami, type Person } from "../contract";
import { EmptyNote, goTo, PageLink, ProblemNote, usePath, Waiting } from "../ui";

import "./styles.css";

import { ForgottenPage, JoinPage, NewPasswordPage } from "./account-pages";
import { BeforePage } from "./before-page";
import type * as ReadingRoom from "./reading-screen";
import { SettingsPage } from "./settings-page";
import { SignIn } from "./sign-in";
import { StudiesPage } from "./studies-page";
import { settingsOf } from "./workbench-settings";

type Room = typeof ReadingRoom;
let fetched: Room | undefined;

async function fetchRoom(): Promise<Room> {
  fetched = await import("./reading-screen");
  fetched.startDecoders();
  return fetched;
}

/** The reading room's program: fetched while a reader chooses. React's `lazy` would hold it back behind its fallback. */
function useRoom(isWanted: boolean): { room: Room | undefined; hasFailed: boolean } {
  const [room, setRoom] = useState(fetched);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    if (isWanted && !room) fetchRoom().then(setRoom, () => setFailed(true));
  }, [isWanted, room]);
  return { room, hasFailed };
}

/** Settings of the account: asked for again when the network is back, and its colours are put on. */
function useAccountSettings(person: Person | null | undefined): void {
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    if (!person) return;
    const settings = settingsOf(person.username);
    const paint = () => {
      const { scheme } = settings.store.get();
      if (scheme) setColorScheme(scheme);
    };
    const sync = () => void settings.sync();
    paint();
    const release = settings.store.subscribe(paint);
    addEventListener("online", sync);
    return () => {
      release();
      removeEventListener("online", sync);
    };
  }, [person, setColorScheme]);
}

/** A reader's entrance: sign in, my studies, reading. */
export default function ReaderApp({ OwnerPage }: { OwnerPage: ComponentType<{ slug: string }> }) {
  const { path, query } = usePath();
  const client = useQueryClient();
  const { data: person, error, isPending, refetch } = useQuery({ queryKey: ["person"], queryFn: whoami, staleTime: Infinity });
  const { room, hasFailed } = useRoom(Boolean(person));
  useAccountSettings(person);
  const enter = (signedIn: Person) => {
    client.setQueryData(["person"], signedIn);
    const then = query.get("then");
    if (then?.startsWith("/") && !then.startsWith("//")) goTo(then);
    else if (path === "/sign-in") goTo("/");
  };
  if (isPending) return <Waiting>One moment…</Waiting>;
  if (error) return <ProblemNote title="The server cannot be reached" onRetry={() => void refetch()}>Is this computer online? Answers kept in this browser are safe and will be sent; this page goes on when the server is there again.</ProblemNote>;
  if (path === "/join") return <JoinPage invitation={query.get("invitation") ?? ""} person={person} onDone={enter} />;
  if (path === "/new-password") return <NewPasswordPage uid={query.get("uid") ?? ""} token={query.get("token") ?? ""} />;
  if (path === "/forgotten") return <ForgottenPage />;
  if (!person) return <SignIn problem={query.get("problem")} onDone={enter} />;
  const before = /^\/before\/([^/]+)\/?$/.exec(path);
  if (before?.[1]) return <BeforePage slug={decodeURIComponent(before[1])} person={person} />;
  const owned = /^\/study\/([^/]+)\/?$/.exec(path);
  if (owned?.[1]) {
    return (
      <Suspense fallback={<Waiting>Opening the study…</Waiting>}>
        <OwnerPage slug={decodeURIComponent(owned[1])} />
      </Suspense>
    );
  }
  const reading = /^\/read\/([^/]+)\/?$/.exec(path);
  if (reading?.[1]) {
    const startAt = Number(query.get("case"));
    if (hasFailed) return <ProblemNote title="The reading room cannot be fetched" onRetry={() => location.reload()}>The connection broke, or the server has a newer version. Nothing is lost.</ProblemNote>;
    if (!room) return <Waiting>Opening the reading room…</Waiting>;
    return <room.default key={path} slug={decodeURIComponent(reading[1])} person={person} viewedAs={query.get("as")} startAt={startAt >= 1 ? startAt - 1 : null} />;
  }
  if (path === "/settings") return <SettingsPage person={person} />;
  if (path !== "/" && path !== "/sign-in") {
    return (
      <EmptyNote isPage title="There is no such page" action={<PageLink to="/">My studies</PageLink>}>
        The link may be old, or a letter is missing.
      </EmptyNote>
    );
  }
  const leave = async () => {
    await signOut().catch(() => undefined);
    // Whoever watches this query shows the door at once; only then may the rest be forgotten.
    client.setQueryData(["person"], null);
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "person" });
    goTo("/");
  };
  return <StudiesPage person={person} onSignOut={() => void leave()} />;
}
