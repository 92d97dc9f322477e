import { attachMask, changeAnswer, createAnswer, fetchFile, groundTruth, myAnswersOf, pkOf, RequestFailed, sendFile, type Answer, type Json } from "../contract";
import { partsOfKey, toDuration, type AnswerPort, type Delivery, type SendEffect } from "../reading";

const origin = () => location.origin;
const questionUrl = (pk: string) => `${origin()}/api/v1/reader-studies/questions/${pk}/`;
const displaySetUrl = (pk: string) => `${origin()}/api/v1/reader-studies/display-sets/${pk}/`;

/** A mask travels as a file of its own; its answer holds a note about it. */
export type MaskEncoder = (key: string) => Promise<Blob | null>;

const isMaskNote = (value: Json): boolean => typeof value === "object" && value !== null && !Array.isArray(value) && "mask" in value;

function failureOf(problem: unknown): Delivery {
  if (!(problem instanceof RequestFailed)) return { failure: "offline", message: problem instanceof Error ? problem.message : String(problem) };
  if (problem.kind === "offline" || problem.kind === "busy" || problem.kind === "server") return { failure: "offline", message: problem.message };
  if (problem.kind === "signed-out") return { failure: "signed-out", message: problem.message };
  return { failure: "refused", message: problem.message };
}

/** Answers over HTTP. A creation that the server may already have done is looked up before it is complained about. */
export class HttpAnswers implements AnswerPort {
  constructor(private readonly encodeMask: MaskEncoder) {}

  async deliver(edit: SendEffect): Promise<Delivery> {
    try {
      const value = isMaskNote(edit.value) ? null : edit.value;
      const answer = await this.#write(edit, value);
      if (isMaskNote(edit.value)) await this.#sendMask(edit.key, answer.pk);
      return { answerPk: answer.pk };
    } catch (problem) {
      return failureOf(problem);
    }
  }

  async file(link: string): Promise<Json> {
    return (await (await fetchFile(link)).json()) as Json;
  }

  truth(study: string, displaySet: string) {
    return groundTruth(study, displaySet);
  }

  async #write(edit: SendEffect, value: Json): Promise<Answer> {
    const duration = toDuration(edit.seconds);
    const counted = edit.counter === undefined ? {} : { reading_session: edit.counter, reading_session_duration: toDuration(edit.secondsCounted) };
    const change = { answer: value, last_edit_duration: duration, sequence: edit.editedAt, ...counted };
    if (edit.answerPk !== null) return changeAnswer(edit.answerPk, change);
    const { displaySetPk, questionPk } = partsOfKey(edit.key);
    try {
      return await createAnswer({ question: questionUrl(questionPk), display_set: displaySetUrl(displaySetPk), ...change });
    } catch (problem) {
      if (!(problem instanceof RequestFailed) || problem.kind !== "invalid") throw problem;
      const mine = await myAnswersOf(displaySetPk);
      const existing = mine.find(({ question }) => pkOf(question) === questionPk);
      if (!existing) throw problem;
      return JSON.stringify(existing.answer) === JSON.stringify(value) ? existing : await changeAnswer(existing.pk, change);
    }
  }

  async #sendMask(key: string, answerPk: string): Promise<void> {
    const file = await this.encodeMask(key);
    if (!file) throw new RequestFailed("invalid", 0, "The mask is not in this browser any more; open the case and paint it again.");
    await attachMask(answerPk, await sendFile("mask.mha", file));
  }
}
