interface Ticket {
  readonly urgency: () => number;
  readonly turn: AbortController;
  readonly start: () => void;
}

/**
 * Requests for pixels that may run at once: browsers open six connections to a server, and answers need some of these.
 * What is most urgent goes first; what became less urgent than something that waits is interrupted and goes on later.
 */
export class Lanes {
  readonly #running = new Set<Ticket>();
  readonly #waiting: Ticket[] = [];

  constructor(private readonly count = 4) {}

  /** Do this when its turn comes; says whether it came to its end. Lower numbers are more urgent. */
  async run(urgency: () => number, work: (turn: AbortSignal) => Promise<void>): Promise<boolean> {
    const turn = new AbortController();
    let ticket: Ticket | undefined;
    await new Promise<void>((start) => {
      ticket = { urgency, turn, start };
      this.#waiting.push(ticket);
      this.review();
    });
    try {
      await work(turn.signal);
      return true;
    } catch (problem) {
      if (!turn.signal.aborted) throw problem;
      return false;
    } finally {
      if (ticket) this.#running.delete(ticket);
      this.review();
    }
  }

  /** Look again at who goes first; called when somebody's urgency has changed. */
  review(): void {
    for (;;) {
      const next = this.#waiting.toSorted((a, b) => a.urgency() - b.urgency())[0];
      if (!next) return;
      if (this.#running.size >= this.count) return this.#interruptFor(next);
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#running.add(next);
      next.start();
    }
  }

  #interruptFor({ urgency }: Ticket): void {
    const running = [...this.#running];
    if (running.some(({ turn }) => turn.signal.aborted)) return;
    const least = running.toSorted((a, b) => b.urgency() - a.urgency())[0];
    if (least && least.urgency() > urgency()) least.turn.abort();
  }
}
