import { fetchJson } from "./http";
import type { ReaderStudy } from "./types";

const base = "/api/v1/";
const studyPath = (pk: string) => `${base}reader-studies/${pk}/`;

/** How far one reader of a study is. */
export interface ReaderProgress {
  reader: string;
  pseudonym: string;
  complete_display_sets: number;
  display_sets: number;
  progress: number;
  seconds: number | null;
  last_answer: string | null;
}

/** Something a study lacks; a blocker keeps it from being opened. */
export interface Gap {
  kind: string;
  message: string;
  is_blocker: boolean;
}

export interface OpenInvitation {
  id: string;
  email: string;
  role: string;
  pseudonym: string;
  expires_at: string;
}

export const readersOf = (pk: string) => fetchJson<ReaderProgress[]>("GET", `${studyPath(pk)}progress/`);
export const gapsOf = (pk: string) => fetchJson<Gap[]>("GET", `${studyPath(pk)}readiness/`);
export const changeState = (pk: string, state: string) => fetchJson<ReaderStudy>("POST", `${studyPath(pk)}state/`, { state });

export const invitationsOf = (study: string) => fetchJson<OpenInvitation[]>("GET", `${base}accounts/invitations/?study=${study}`);
export const invite = (invitation: { email: string; study: string; role: string; pseudonym: string }) =>
  fetchJson<{ id: string; link: string; is_mailed: boolean }>("POST", `${base}accounts/invitations/`, invitation);
export const takeBackInvitation = (pk: string) => fetchJson("DELETE", `${base}accounts/invitations/${pk}/`);

/** Somebody's wish to read a public study, and what became of it. */
export interface AccessRequest {
  username: string;
  status: string;
  reason: string;
  created: string;
}

/** Of everybody for editors, else one's own. */
export const accessRequestsOf = (pk: string) => fetchJson<AccessRequest[]>("GET", `${studyPath(pk)}access-requests/`);
export const askToRead = (pk: string) => fetchJson("POST", `${studyPath(pk)}access-requests/`);
export const decideOnRequest = (pk: string, username: string, isAccepted: boolean) =>
  fetchJson("POST", `${studyPath(pk)}access-requests/${encodeURIComponent(username)}/`, { is_accepted: isAccepted });

/** Where a study's answers can be downloaded as a table. */
export const answersTable = (pk: string, format: "csv" | "parquet", layout: "long" | "wide") => `${studyPath(pk)}export/?format=${format}&layout=${layout}`;
export const trailOf = (pk: string) => `${studyPath(pk)}audit/?format=csv`;
