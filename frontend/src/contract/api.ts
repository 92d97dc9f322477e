import { fetchJson, request } from "./http";
import type {
  Answer,
  DisplaySet,
  GroundTruthEntry,
  Json,
  Page,
  ReaderStudy,
  Upload,
  UploadPart,
  UploadSession,
  WorkstationConfig,
} from "./types";

const base = "/api/v1/";
const partBytes = 32 * 1024 * 1024;

async function everything<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const mark = path.includes("?") ? "&" : "?";
    const page = await fetchJson<Page<T>>("GET", `${base}${path}${mark}limit=200&offset=${String(found.length)}`, undefined, signal);
    found.push(...page.results);
    if (page.results.length === 0 || found.length >= page.count) return found;
  }
}

export const readerStudies = () => everything<ReaderStudy>("reader-studies/");

export async function readerStudy(slug: string): Promise<ReaderStudy | undefined> {
  return (await everything<ReaderStudy>(`reader-studies/?slug=${encodeURIComponent(slug)}`))[0];
}

export const displaySets = (study: string) => everything<DisplaySet>(`reader-studies/display-sets/?reader_study=${study}`);

/** The first of a list, and how many there are. */
async function firstOf<T>(path: string): Promise<{ count: number; first: T | undefined }> {
  const { count, results } = await fetchJson<Page<T>>("GET", `${base}${path}&limit=1`);
  return { count, first: results[0] };
}

export const displaySetCount = async (study: string) => (await firstOf(`reader-studies/display-sets/?reader_study=${study}`)).count;
export const firstUnanswered = (study: string) => firstOf<DisplaySet>(`reader-studies/display-sets/?reader_study=${study}&unanswered_by_user=true`);

export const displaySet = (pk: string) => fetchJson<DisplaySet>("GET", `${base}reader-studies/display-sets/${pk}/`);

export const myAnswers = (study: string) => everything<Answer>(`reader-studies/answers/mine/?question__reader_study=${study}`);

export const myAnswersOf = (displaySetPk: string) => everything<Answer>(`reader-studies/answers/mine/?display_set=${displaySetPk}`);

export const answersOf = (study: string, creator: string) =>
  everything<Answer>(`reader-studies/answers/?question__reader_study=${study}&creator=${encodeURIComponent(creator)}`);

/** All answers to a case that this person may see. */
export const answersOn = (displaySetPk: string) => everything<Answer>(`reader-studies/answers/?display_set=${displaySetPk}`);

export interface AnswerDraft {
  question: string;
  display_set: string;
  answer: Json;
  last_edit_duration: string | null;
  /** Counts the edits of one answer; the server keeps the highest, whatever arrives last. */
  sequence: number;
  /** Who counts, and how much so far: a request that is repeated counts its time once. */
  reading_session?: string;
  reading_session_duration?: string;
}

export const createAnswer = (draft: AnswerDraft) => fetchJson<Answer>("POST", `${base}reader-studies/answers/`, draft);

export const changeAnswer = (pk: string, change: Omit<AnswerDraft, "question" | "display_set">) =>
  fetchJson<Answer>("PATCH", `${base}reader-studies/answers/${pk}/`, change);

export const groundTruth = (study: string, displaySetPk: string) =>
  fetchJson<Record<string, GroundTruthEntry>>("GET", `${base}reader-studies/${study}/ground-truth/${displaySetPk}/`);

export const workstationConfigs = () => everything<WorkstationConfig>("workstations/configs/");

/** Send a file in parts and return the finished upload. */
export async function sendFile(name: string, content: Blob): Promise<Upload> {
  const upload = await fetchJson<Upload>("POST", `${base}uploads/`, { filename: name });
  const root = `${base}uploads/${upload.pk}/${upload.s3_upload_id}`;
  const parts: UploadPart[] = [];
  for (let offset = 0, part = 1; offset < content.size; offset += partBytes, part += 1) {
    const signed = await fetchJson<{ presigned_urls: Record<string, string> }>("PATCH", `${root}/generate-presigned-urls/`, { part_numbers: [part] });
    parts.push({ ETag: await sendPart(signed.presigned_urls[String(part)] ?? "", content.slice(offset, offset + partBytes)), PartNumber: part });
  }
  return fetchJson<Upload>("PATCH", `${root}/complete-multipart-upload/`, { parts });
}

async function sendPart(url: string, content: Blob): Promise<string> {
  const target = new URL(url, location.href);
  const isOurs = target.hostname === location.hostname;
  const response = await fetch(isOurs ? target.pathname + target.search : target, { method: "PUT", body: content, credentials: "omit" });
  const tag = response.headers.get("ETag");
  if (!response.ok || !tag) throw new Error(`A part of the file was not taken (${String(response.status)}).`);
  return tag;
}

/** Hand a finished mask file to its answer; the server imports it and fills `answer_image`. */
export const attachMask = (answerPk: string, upload: Upload) =>
  fetchJson<UploadSession>("POST", `${base}cases/upload-sessions/`, { uploads: [upload.api_url], answer: answerPk });

export const fetchFile = (url: string) => request("GET", url);
