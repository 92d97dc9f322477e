import type { Json } from "../contract";
import { actions, type Action, type KeyMap } from "../reading";
import { Store } from "../ui";

/** What a person has set; it follows the account. */
export interface Settings {
  readonly keys?: KeyMap;
  readonly panelSide?: "left" | "right";
  readonly panelWidth?: number;
  readonly scheme?: "dark" | "light" | "auto";
}

/** Where the account keeps settings. */
export interface SettingsPort {
  fetch(): Promise<Readonly<Record<string, Json>>>;
  put(settings: Readonly<Record<string, Json>>): Promise<unknown>;
}

/** Where this browser keeps a copy for the time without a server. */
export interface Shelf {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

type Kept = Readonly<Record<string, Json>>;

const isOneOf = <T extends string>(value: Json | undefined, ...all: T[]): value is T => typeof value === "string" && (all as string[]).includes(value);

function cleanKeys(keys: Json | undefined): KeyMap | undefined {
  if (typeof keys !== "object" || keys === null || Array.isArray(keys)) return undefined;
  return Object.fromEntries(Object.entries(keys).filter((bound): bound is [string, Action] => typeof bound[1] === "string" && bound[1] in actions));
}

/** What is understood of settings that another version, or somebody's script, has written. */
export function cleanSettings({ keys, panelSide, panelWidth, scheme }: Kept): Settings {
  const known = cleanKeys(keys);
  return {
    ...(known ? { keys: known } : {}),
    ...(isOneOf(panelSide, "left", "right") ? { panelSide } : {}),
    ...(typeof panelWidth === "number" ? { panelWidth: Math.min(640, Math.max(280, panelWidth)) } : {}),
    ...(isOneOf(scheme, "dark", "light", "auto") ? { scheme } : {}),
  };
}

const editedAt = (kept: Kept): number => (typeof kept["editedAt"] === "number" ? kept["editedAt"] : 0);

/** A person's settings: a copy in this browser, the account's behind it. Of two edits the later one wins. */
export class PersonalSettings {
  readonly store: Store<Settings>;
  readonly #name: string;
  #kept: Kept;
  #cancel: () => void = () => undefined;

  constructor(
    person: string,
    private readonly shelf: Shelf,
    private readonly account: SettingsPort,
    private readonly clock: { now(): number; later(act: () => void, ms: number): () => void },
  ) {
    this.#name = `readroom-settings/${person}`;
    this.#kept = this.#read();
    this.store = new Store<Settings>(cleanSettings(this.#kept));
  }

  keep(change: Settings): void {
    this.#take({ ...this.#kept, ...(change as Kept), editedAt: Math.max(this.clock.now(), editedAt(this.#kept) + 1) });
    this.#cancel();
    this.#cancel = this.clock.later(() => void this.sync(), 800);
  }

  /** Take what is newer at the account, or give it what is newer here. Without a server, the next time does. */
  async sync(): Promise<void> {
    try {
      const theirs = await this.account.fetch();
      if (editedAt(theirs) > editedAt(this.#kept)) this.#take(theirs);
      else if (editedAt(theirs) < editedAt(this.#kept)) await this.account.put({ ...theirs, ...this.#kept });
    } catch {
      // Kept here; the next start, edit or return of the network tries again.
    }
  }

  #take(kept: Kept): void {
    this.#kept = kept;
    this.store.set(cleanSettings(kept));
    try {
      this.shelf.setItem(this.#name, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing still has the account.
    }
  }

  #read(): Kept {
    try {
      const found: unknown = JSON.parse(this.shelf.getItem(this.#name) ?? "{}");
      return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Kept) : {};
    } catch {
      return {};
    }
  }
}
