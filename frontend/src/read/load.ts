import { answersOf, displaySets, fetchJson, myAnswers, pkOf, readerStudy, RequestFailed, workstationConfigs, type Answer, type DisplaySet, type ReaderStudy, type WorkstationConfig } from "../contract";
import type { KeptEdit } from "../reading";
import { showInstead } from "../ui";

import type { KeptEdits } from "./kept-edits";
import { findPack } from "./packs";

interface Wanted {
  slug: string;
  kept: KeptEdits;
  viewedAs: string | null;
}

export interface Loaded {
  study: ReaderStudy;
  cases: DisplaySet[];
  answers: Answer[];
  kept: KeptEdit[];
  config: WorkstationConfig | null;
}

/** The study's viewer settings; reading works without. */
async function configOf(study: ReaderStudy): Promise<WorkstationConfig | null> {
  const named = study.workstation_config;
  try {
    if (named) return await fetchJson<WorkstationConfig>("GET", new URL(named, location.href).pathname);
    const all = await workstationConfigs();
    return all.find(({ slug }) => slug === study.slug) ?? null;
  } catch {
    return null;
  }
}

type Prepared = Pick<Loaded, "study" | "cases" | "config">;

const prepared = new Map<string, { pk: string; begun: Promise<Prepared> }>();
const preparedMs = 20_000;

async function fetchStudy(slug: string): Promise<ReaderStudy> {
  const study = await readerStudy(slug);
  if (!study) throw new RequestFailed("missing", 404, "There is no such study, or you are not one of its readers.");
  if (study.roles.length === 0) showInstead(`/before/${slug}`);
  return study;
}

/** What a study was when it was listed allows everything to be asked for at once. */
async function fetchPrepared(slug: string, listed?: ReaderStudy): Promise<Prepared> {
  const asked = fetchStudy(slug);
  const early = listed ? configOf(listed) : null;
  const [study, cases] = await Promise.all([asked, listed ? displaySets(listed.pk) : asked.then(({ pk }) => displaySets(pk))]);
  const config = await (early && listed?.workstation_config === study.workstation_config ? early : configOf(study));
  return { study, cases, config };
}

/**
 * Begin to load a study when a hand moves to it, and find where the pixels of its next case are.
 * Answers are not among it: they may still be on their way to the server.
 */
export function prepareSession(study: ReaderStudy, next: DisplaySet | undefined): void {
  const { slug, pk } = study;
  if (prepared.has(slug)) return;
  const begun = fetchPrepared(slug, study);
  begun.catch(() => undefined);
  prepared.set(slug, { pk, begun });
  setTimeout(() => prepared.delete(slug), preparedMs);
  for (const { image } of next?.values ?? []) if (image) findPack(pkOf(image));
}

/** A name that nobody else counts time under. */
export const newCounter = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Everything a reading session starts from. */
export async function loadSession({ slug, kept, viewedAs }: Wanted): Promise<Loaded> {
  const early = prepared.get(slug);
  prepared.delete(slug);
  const asked = early ? early.begun.catch(() => fetchPrepared(slug)) : fetchPrepared(slug);
  const answersIn = (study: string) => (viewedAs === null ? myAnswers(study) : answersOf(study, viewedAs));
  const [loaded, answers, edits] = await Promise.all([asked, early ? answersIn(early.pk) : asked.then(({ study }) => answersIn(study.pk)), kept.all()]);
  return { ...loaded, answers, kept: edits };
}
