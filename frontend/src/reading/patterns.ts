/**
 * Patterns of answers, as the server's Python reads them. All ways through a pattern are followed side by side, letter by
 * letter, so that no pattern can hold a page up. What is beyond it the server decides alone.
 */

type Test = (letter: string) => boolean;
type Place = (before: string | undefined, after: string | undefined, isLastLine: boolean) => boolean;
type Node =
  | { kind: "letter"; test: Test }
  | { kind: "place"; holds: Place }
  | { kind: "row"; parts: Node[] }
  | { kind: "choice"; ways: Node[] }
  | { kind: "repeat"; part: Node; least: number; most: number };
type Step = { test: Test } | { holds: Place } | { to: number[] } | "end";

class Undecided extends Error {}

function undecided(): never {
  throw new Undecided();
}

const mostSteps = 1000;
const mostWork = 2_000_000;
const isAscii = (letter: string): boolean => letter < "\x80";

/** Letters that Python and Unicode see differently are left to the server. */
function isWord(letter: string): boolean {
  if (isAscii(letter)) return /\w/.test(letter);
  if (/[\p{L}\p{Nd}]/u.test(letter)) return true;
  return /[\p{M}\p{N}\p{Pc}\p{Cf}]/u.test(letter) ? undecided() : false;
}

const isSpace = (letter: string): boolean => (/[\x1c-\x1f]/.test(letter) ? undecided() : /[\t-\r \x85]|\p{White_Space}/u.test(letter));
const kinds: Record<string, Test> = { d: (letter) => /\p{Nd}/u.test(letter), w: isWord, s: isSpace };
const signs: Record<string, string> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", a: "\x07" };
const isEdge: Place = (before, after) => (before !== undefined && isWord(before)) !== (after !== undefined && isWord(after));
const places: Record<string, Place> = {
  "^": (before) => before === undefined,
  $: (_before, after, isLastLine) => after === undefined || isLastLine,
  A: (before) => before === undefined,
  Z: (_before, after) => after === undefined,
  b: isEdge,
  B: (before, after, isLastLine) => (before === undefined && after === undefined ? undecided() : !isEdge(before, after, isLastLine)),
};
const hexDigits: Record<string, number> = { x: 2, u: 4, U: 8 };

class Reader {
  #at = 0;

  constructor(private readonly letters: string[]) {}

  read(): Node {
    const whole = this.#choice();
    return this.#at < this.letters.length ? undecided() : whole;
  }

  #next(): string {
    return this.letters[this.#at++] ?? undecided();
  }

  #takes(text: string): boolean {
    if (this.letters.slice(this.#at, this.#at + text.length).join("") !== text) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): Node {
    const ways = [this.#row()];
    while (this.#takes("|")) ways.push(this.#row());
    return { kind: "choice", ways };
  }

  #row(): Node {
    const parts: Node[] = [];
    while (this.#at < this.letters.length && !["|", ")"].includes(this.letters[this.#at] ?? "")) parts.push(this.#repeated(this.#one()));
    return { kind: "row", parts };
  }

  #repeated(part: Node): Node {
    const bounds = this.#bounds();
    if (!bounds) return part;
    if (this.#takes("+") || part.kind === "place") return undecided();
    this.#takes("?");
    if (["*", "?", "{"].includes(this.letters[this.#at] ?? "")) return undecided();
    return { kind: "repeat", part, ...bounds };
  }

  #bounds(): { least: number; most: number } | undefined {
    if (this.#takes("*")) return { least: 0, most: Infinity };
    if (this.#takes("+")) return { least: 1, most: Infinity };
    if (this.#takes("?")) return { least: 0, most: 1 };
    const counted = /^\{(\d*)(,?)(\d*)\}/.exec(this.letters.slice(this.#at, this.#at + 24).join(""));
    if (!counted || counted[0] === "{}") return undefined;
    const [all, least = "", comma, most = ""] = counted;
    if (least === "" && most === "") return undecided();
    this.#at += all.length;
    return { least: Number(least), most: comma ? (most === "" ? Infinity : Number(most)) : Number(least) };
  }

  #one(): Node {
    const sign = this.#next();
    if (sign === "(") return this.#group();
    if (sign === "[") return { kind: "letter", test: this.#set() };
    if (sign === ".") return { kind: "letter", test: (letter) => letter !== "\n" };
    if (sign === "^" || sign === "$") return { kind: "place", holds: places[sign] ?? undecided() };
    if (sign !== "\\") return { kind: "letter", test: (letter) => letter === sign };
    const place = places[this.letters[this.#at] ?? ""];
    if (place && /[AZbB]/.test(this.letters[this.#at] ?? "")) {
      this.#at += 1;
      return { kind: "place", holds: place };
    }
    const escaped = this.#escaped();
    return { kind: "letter", test: typeof escaped === "string" ? (letter) => letter === escaped : escaped };
  }

  #group(): Node {
    if (this.#takes("?") && !this.#takes(":")) {
      if (!this.#takes("P<")) return undecided();
      while (this.#next() !== ">");
    }
    const inside = this.#choice();
    return this.#takes(")") ? inside : undecided();
  }

  /** What follows a backslash: one letter, or a kind of letters. */
  #escaped(): string | Test {
    const sign = this.#next();
    const kind = kinds[sign.toLowerCase()];
    if (kind) return sign === sign.toLowerCase() ? kind : (letter) => !kind(letter);
    const digits = hexDigits[sign];
    if (digits !== undefined) {
      const code = Number(`0x${this.letters.slice(this.#at, this.#at + digits).join("")}`);
      this.#at += digits;
      return code <= 0x10ffff ? String.fromCodePoint(code) : undecided();
    }
    return signs[sign] ?? (/[^\p{L}\p{N}]/u.test(sign) ? sign : undecided());
  }

  #set(): Test {
    const isNot = this.#takes("^");
    const tests: Test[] = [];
    for (let isFirst = true; isFirst || !this.#takes("]"); isFirst = false) tests.push(this.#member());
    return (letter) => tests.some((test) => test(letter)) !== isNot;
  }

  #member(): Test {
    const least = this.#ofSet();
    if (typeof least !== "string") return least;
    if (this.letters[this.#at] !== "-" || this.letters[this.#at + 1] === "]") return (letter) => letter === least;
    this.#at += 1;
    const most = this.#ofSet();
    if (typeof most !== "string" || most === "-") return undecided();
    const [from, to] = [least.codePointAt(0) ?? 0, most.codePointAt(0) ?? 0];
    return (letter) => {
      const code = letter.codePointAt(0) ?? 0;
      return from <= code && code <= to;
    };
  }

  #ofSet(): string | Test {
    const sign = this.#next();
    if (sign === "[" || ("&|~-".includes(sign) && this.letters[this.#at] === sign)) return undecided();
    if (sign !== "\\") return sign;
    return this.#takes("b") ? "\b" : this.#escaped();
  }
}

/** The steps of a pattern, one behind the other; `to` says where to go on instead, at several places at once. */
function write(node: Node, steps: Step[]): void {
  if (steps.length > mostSteps) undecided();
  switch (node.kind) {
    case "letter":
      steps.push({ test: node.test });
      return;
    case "place":
      steps.push({ holds: node.holds });
      return;
    case "row":
      for (const part of node.parts) write(part, steps);
      return;
    case "choice":
      writeChoice(node.ways, steps);
      return;
    case "repeat":
      writeRepeat(node, steps);
  }
}

function writeChoice(ways: Node[], steps: Step[]): void {
  const fork: { to: number[] } = { to: [] };
  const ends: { to: number[] }[] = [];
  steps.push(fork);
  for (const way of ways) {
    fork.to.push(steps.length);
    write(way, steps);
    ends.push({ to: [] });
    steps.push(ends.at(-1) ?? "end");
  }
  for (const end of ends) end.to.push(steps.length);
}

function writeRepeat({ part, least, most }: Extract<Node, { kind: "repeat" }>, steps: Step[]): void {
  if (most < least || Math.max(least, Number.isFinite(most) ? most : 0) > mostSteps) undecided();
  for (let turn = 0; turn < least; turn += 1) write(part, steps);
  const forks: { to: number[] }[] = [];
  for (let turn = least; turn < (Number.isFinite(most) ? most : least + 1); turn += 1) {
    const fork = { to: [steps.length + 1] };
    forks.push(fork);
    steps.push(fork);
    write(part, steps);
    if (!Number.isFinite(most)) steps.push({ to: [steps.indexOf(fork)] });
  }
  for (const fork of forks) fork.to.push(steps.length);
}

/** Whether the steps reach their end somewhere from the start of the text on. */
function follow(steps: Step[], text: string[]): boolean {
  let now = [0];
  for (let at = 0; now.length > 0; at += 1) {
    const after = text[at];
    const isLastLine = after === "\n" && at === text.length - 1;
    const seen = new Set<number>();
    const later: number[] = [];
    while (now.length > 0) {
      const place = now.pop() ?? 0;
      if (seen.has(place)) continue;
      seen.add(place);
      const step = steps[place] ?? "end";
      if (step === "end") return true;
      if ("to" in step) now.push(...step.to);
      else if ("holds" in step) now.push(...(step.holds(text[at - 1], after, isLastLine) ? [place + 1] : []));
      else if (after !== undefined && step.test(after)) later.push(place + 1);
    }
    now = later;
  }
  return false;
}

const known = new Map<string, Step[] | null>();

function stepsOf(pattern: string): Step[] | null {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const steps: Step[] = [];
  known.set(pattern, null);
  write(new Reader([...pattern]).read(), steps);
  known.set(pattern, [...steps, "end"]);
  return known.get(pattern) ?? null;
}

/** Whether a text begins as its pattern says; undefined where the server alone can tell. */
export function beginsLike(pattern: string, text: string): boolean | undefined {
  try {
    const steps = stepsOf(pattern);
    const letters = [...text];
    return !steps || steps.length * letters.length > mostWork ? undefined : follow(steps, letters);
  } catch (reason) {
    if (reason instanceof Undecided || reason instanceof RangeError) return undefined;
    throw reason;
  }
}
