import type { KeepPort, KeptEdit } from "../reading";

import type { KeptMask } from "./mask-bench";

const stores = { edits: "edits", masks: "masks" } as const;

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(stores.edits);
      request.result.createObjectStore(stores.masks);
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error("The browser keeps no data."));
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error("The browser keeps no data."));
  });
}

/** Work of one person that waits in this browser until the server has it. */
export class KeptEdits implements KeepPort {
  #database: Promise<IDBDatabase>;

  constructor(readonly person: string) {
    this.#database = opened(`readroom-${person}`);
    this.#database.catch(() => undefined);
  }

  async #store(name: keyof typeof stores, mode: IDBTransactionMode): Promise<IDBObjectStore> {
    return (await this.#database).transaction(stores[name], mode).objectStore(stores[name]);
  }

  /** Everything that waits; nothing where the browser keeps no data. */
  async all(): Promise<KeptEdit[]> {
    try {
      return (await settled((await this.#store("edits", "readonly")).getAll())) as KeptEdit[];
    } catch {
      return [];
    }
  }

  async put(edit: KeptEdit): Promise<void> {
    await settled((await this.#store("edits", "readwrite")).put(edit, edit.key));
  }

  async remove(key: string): Promise<void> {
    await settled((await this.#store("edits", "readwrite")).delete(key));
    await settled((await this.#store("masks", "readwrite")).delete(key));
  }

  async putMask(key: string, mask: KeptMask): Promise<void> {
    await settled((await this.#store("masks", "readwrite")).put(mask, key));
  }

  async mask(key: string): Promise<KeptMask | undefined> {
    try {
      return (await settled((await this.#store("masks", "readonly")).get(key))) as KeptMask | undefined;
    } catch {
      return undefined;
    }
  }
}
