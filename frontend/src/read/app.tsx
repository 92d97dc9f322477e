import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { signOut, whoami } from "../contract";
import { EmptyNote, PageLink, ProblemNote, usePath, Waiting } from "../ui";

import type * as ReadingRoom from "./reading-screen";
import { SettingsPage } from "./settings-page";
import { SignIn } from "./sign-in";
import { StudiesPage } from "./studies-page";

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

/** A reader's entrance: sign in, my studies, reading. */
export default function ReaderApp() {
  const { path, query } = usePath();
  const client = useQueryClient();
  const { data: person, error, isPending, refetch } = useQuery({ queryKey: ["person"], queryFn: whoami, staleTime: Infinity });
  const { room, hasFailed } = useRoom(Boolean(person));
  if (isPending) return <Waiting>One moment…</Waiting>;
  if (error) return <ProblemNote title="The server cannot be reached" onRetry={() => void refetch()}>{error.message} Answers kept in this browser are safe and will be sent.</ProblemNote>;
  if (!person) return <SignIn onDone={(signedIn) => client.setQueryData(["person"], signedIn)} />;
  const reading = /^\/read\/([^/]+)\/?$/.exec(path);
  if (reading?.[1]) {
    const startAt = Number(query.get("case"));
    if (hasFailed) return <ProblemNote title="The reading room cannot be fetched" onRetry={() => location.reload()}>The connection broke, or the server has a newer version. Nothing is lost.</ProblemNote>;
    if (!room) return <Waiting>Opening the reading room…</Waiting>;
    return <room.default key={path} slug={decodeURIComponent(reading[1])} person={person} viewedAs={query.get("as")} startAt={startAt >= 1 ? startAt - 1 : null} />;
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
