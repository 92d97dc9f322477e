import type { Json } from "./types";

/** A text with whatever is in it, or a number. */
const pieces = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** The wire has whole numbers of up to 19 digits; PostgreSQL writes out fractions like 1e30, which are numbers as before. */
const exactly = (piece: string): string => (/^-?\d{16,19}$/.test(piece) && BigInt(piece) !== BigInt(Number(piece)) ? `"${piece}"` : piece);

/** JSON in which whole numbers that a browser would round are kept as their digits: what is shown is what was sent. */
export function parseExactly(text: string): Json {
  const hasLong = /(?<![\d.])\d{16}/.test(text);
  return JSON.parse(hasLong ? text.replaceAll(pieces, exactly) : text) as Json;
}
