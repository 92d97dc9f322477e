import { answersOf, displaySets, fetchJson, myAnswers, readerStudy, RequestFailed, workstationConfigs, type Answer, type DisplaySet, type ReaderStudy, type WorkstationConfig } from "../contract";
import type { KeptEdit } from "../reading";

import type { KeptEdits } from "./kept-edits";

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

/** Everything a reading session starts from. */
export async function loadSession({ slug, kept, viewedAs }: Wanted): Promise<Loaded> {
  const study = await readerStudy(slug);
  if (!study) throw new RequestFailed("missing", 404, "There is no such study, or you are not one of its readers.");
  const [cases, answers, edits, config] = await Promise.all([
    displaySets(study.pk),
    viewedAs === null ? myAnswers(study.pk) : answersOf(study.pk, viewedAs),
    kept.all(),
    configOf(study),
  ]);
  return { study, cases, answers, kept: edits, config };
}
