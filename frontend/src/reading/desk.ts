import type { Json } from "../contract";

import { startSession, type Session } from "./session";
import { step, type Effect, type Event, type Failure, type KeptEdit } from "./steps";

export type SendEffect = Extract<Effect, { type: "send" }>;
export type Delivery = { answerPk: string } | { failure: Failure; message: string };

/** Where answers go. Never throws: a failure is an answer too. */
export interface AnswerPort {
  deliver(edit: SendEffect): Promise<Delivery>;
  truth(study: string, displaySet: string): Promise<Extract<Event, { type: "truth-arrived" }>["truth"]>;
  /** What stands in a file of a socket. */
  file(link: string): Promise<Json>;
}

/** Where edits wait until the server has them. */
export interface KeepPort {
  put(edit: KeptEdit): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface Clock {
  /** Call `act` after a while; the returned function cancels. */
  later(act: () => void, ms: number): () => void;
}

/** Runs a reading session: feeds events to the state machine and carries out its effects, in order. */
export class Desk {
  #session: Session = startSession;
  readonly #listeners = new Set<() => void>();
  readonly #timers = new Map<string, () => void>();
  readonly #asked = new Set<string>();

  constructor(
    private readonly answers: AnswerPort,
    private readonly kept: KeepPort,
    private readonly clock: Clock,
  ) {}

  get session(): Session {
    return this.#session;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Session => this.#session;

  readonly dispatch = (event: Event): void => {
    const { session, effects } = step(this.#session, event);
    this.#session = session;
    for (const effect of effects) this.#carryOut(effect);
    for (const listener of this.#listeners) listener();
  };

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "send":
        void this.#send(effect);
        return;
      case "keep":
        void this.kept.put(effect.edit).catch(() => this.#session.isStorageRefusing || this.dispatch({ type: "not-kept" }));
        return;
      case "forget":
        void this.kept.remove(effect.key).catch(() => undefined);
        return;
      case "autosave-later":
        this.#schedule(effect.key, effect.afterMs, { type: "autosave-due", key: effect.key });
        return;
      case "retry-later":
        this.#schedule("retry", effect.afterMs, { type: "retry-due" });
        return;
      case "fetch-truth":
        void this.#fetchTruth(effect.study, effect.displaySet);
        return;
      case "fetch-file":
        void this.#fetchFile(effect.file);
    }
  }

  #schedule(name: string, ms: number, event: Event): void {
    this.#timers.get(name)?.();
    const cancel = this.clock.later(() => {
      this.#timers.delete(name);
      this.dispatch(event);
    }, ms);
    this.#timers.set(name, cancel);
  }

  async #send(effect: SendEffect): Promise<void> {
    const { key, sequence } = effect;
    const delivery = await this.answers.deliver(effect);
    if ("answerPk" in delivery) this.dispatch({ type: "acknowledged", key, sequence, answerPk: delivery.answerPk });
    else this.dispatch({ type: "not-saved", key, sequence, ...delivery });
  }

  /** A question whose file cannot be had starts empty; opening the case again asks again. */
  async #fetchFile(file: string): Promise<void> {
    if (this.#asked.has(file)) return;
    this.#asked.add(file);
    try {
      this.dispatch({ type: "file-arrived", file, content: await this.answers.file(file) });
    } catch {
      this.#asked.delete(file);
    }
  }

  async #fetchTruth(study: string, displaySet: string): Promise<void> {
    try {
      this.dispatch({ type: "truth-arrived", truth: await this.answers.truth(study, displaySet) });
    } catch {
      this.dispatch({ type: "truth-arrived", truth: {} });
    }
  }
}
