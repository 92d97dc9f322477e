import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";

import { signOut, whoami } from "../contract";
import { EmptyNote, PageLink, ProblemNote, usePath, Waiting } from "../ui";

import { SettingsPage } from "./settings-page";
import { SignIn } from "./sign-in";
import { StudiesPage } from "./studies-page";

const openRoom = () => import("./reading-screen");
const ReadingScreen = lazy(openRoom);

/** A reader's entrance: sign in, my studies, reading. */
export default function ReaderApp() {
  const { path, query } = usePath();
  const client = useQueryClient();
  const { data: person, error, isPending, refetch } = useQuery({ queryKey: ["person"], queryFn: whoami, staleTime: Infinity });
  useEffect(() => {
    if (person) void openRoom().catch(() => undefined);
  }, [person]);
  if (isPending) return <Waiting>One moment…</Waiting>;
  if (error) return <ProblemNote title="The server cannot be reached" onRetry={() => void refetch()}>{error.message} Answers kept in this browser are safe and will be sent.</ProblemNote>;
  if (!person) return <SignIn onDone={(signedIn) => client.setQueryData(["person"], signedIn)} />;
  const reading = /^\/read\/([^/]+)\/?$/.exec(path);
  if (reading?.[1]) {
    const startAt = Number(query.get("case"));
    return (
      <Suspense fallback={<Waiting>Opening the reading room…</Waiting>}>
        <ReadingScreen key={path} slug={decodeURIComponent(reading[1])} person={person} viewedAs={query.get("as")} startAt={startAt >= 1 ? startAt - 1 : null} />
      </Suspense>
    );
  }
  if (path === "/settings") return <SettingsPage />;
  if (path !== "/") {
    return (
      <EmptyNote title="There is no such page" action={<PageLink to="/">My studies</PageLink>}>
        The link may be old, or a letter is missing.
      </EmptyNote>
    );
  }
  const leave = async () => {
    await signOut();
    client.clear();
  };
  return <StudiesPage person={person} onSignOut={() => void leave()} />;
}
