/**
 * Patterns of answers, compared by RE2, whose time grows with the text alone: no pattern can hold the page up. Where RE2
 * and the server's Python may see things differently, and what RE2 does not know, the server alone decides.
 */

import { RE2JS, RE2JSException } from "re2js";

const longestText = 10_000;
/** Of other letters, lines and classes the two have different views. */
const plain = /^[ -~]*$/;
/** At least none, to RE2 four letters; a class of POSIX, to Python letters; a quotation, to Python an error. */
const readDifferently = /\{,|\[\[?\^?[[:]|\\[QCpP]/;

const known = new Map<string, RE2JS | null>();

function compiled(pattern: string): RE2JS | null {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  known.set(pattern, null);
  if (plain.test(pattern) && !readDifferently.test(pattern)) known.set(pattern, RE2JS.compile(pattern));
  return known.get(pattern) ?? null;
}

/** Whether a text begins as its pattern says; undefined where the server alone can tell. */
export function beginsLike(pattern: string, text: string): boolean | undefined {
  if (text.length > longestText || !plain.test(text)) return undefined;
  try {
    return compiled(pattern)?.matcher(text).lookingAt();
  } catch (reason) {
    if (reason instanceof RE2JSException) return undefined;
    throw reason;
  }
}
