// What survives a reload: in the browser's own database, on this machine alone.
import type { ChosenColumns, DecisionView, ModelView, SuspectsView } from "./protocol.ts";

/** What is kept, by its name. */
export interface Kept {
  data: { readonly name: string; readonly blob: Blob; readonly columns: ChosenColumns };
  model: { readonly bytes: Uint8Array; readonly view: ModelView };
  suspects: SuspectsView;
  decisions: readonly DecisionView[];
}

/** Keeps the work. Where the browser gives no room for it, the work is not lost, only not kept. */
export interface Shelf {
  get<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | undefined>;
  put<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<void>;
  change<Name extends keyof Kept>(name: Name, change: (kept: Kept[Name]) => Kept[Name]): Promise<void>;
  remove(name: keyof Kept): Promise<void>;
  clear(): Promise<void>;
}

const DATABASE = "bax-studio";
const STORE = "work";
const VERSION = 1;

/** The database, or nothing where there is none: a private window may refuse it. */
function openDatabase(): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(undefined);
    request.onblocked = () => resolve(undefined);
  });
}

/** A shelf in IndexedDB. */
export class BrowserShelf implements Shelf {
  private readonly database: Promise<IDBDatabase | undefined>;

  constructor() {
    this.database = typeof indexedDB === "undefined" ? Promise.resolve(undefined) : openDatabase();
  }

  async get<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | undefined> {
    return (await this.ask("readonly", (store) => store.get(name))) as Kept[Name] | undefined;
  }

  async put<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<void> {
    await this.ask("readwrite", (store) => store.put(value, name));
  }

  async change<Name extends keyof Kept>(name: Name, change: (kept: Kept[Name]) => Kept[Name]): Promise<void> {
    const kept = await this.get(name);
    if (kept) await this.put(name, change(kept));
  }

  async remove(name: keyof Kept): Promise<void> {
    await this.ask("readwrite", (store) => store.delete(name));
  }

  async clear(): Promise<void> {
    await this.ask("readwrite", (store) => store.clear());
  }

  private async ask(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.database;
    if (!database) return undefined;
    return new Promise((resolve) => {
      const transaction = database.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      // What does not fit is not kept.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(undefined);
    });
  }
}
