/** Something done that can be taken back and done again. */
export interface Deed {
  undo(): void;
  redo(): void;
}

const depth = 100;

/** What a person did, newest last. */
export class Deeds {
  #done: Deed[] = [];
  #undone: Deed[] = [];

  record(deed: Deed): void {
    this.#done = [...this.#done, deed].slice(-depth);
    this.#undone = [];
  }

  undo(): boolean {
    const deed = this.#done.pop();
    if (!deed) return false;
    deed.undo();
    this.#undone.push(deed);
    return true;
  }

  redo(): boolean {
    const deed = this.#undone.pop();
    if (!deed) return false;
    deed.redo();
    this.#done.push(deed);
    return true;
  }

  clear(): void {
    [this.#done, this.#undone] = [[], []];
  }
}
