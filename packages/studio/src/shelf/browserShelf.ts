// Where work survives a reload: the browser's own database, on this machine alone. The page and its worker keep things in the same one.

/** Keeps values by their names; `Kept` says which there are. Where the browser gives no room, nothing is lost, only not kept. */
export interface ShelfOf<Kept> {
  get<Name extends keyof Kept & string>(name: Name): Promise<Kept[Name] | undefined>;
  put<Name extends keyof Kept & string>(name: Name, value: Kept[Name]): Promise<void>;
  change<Name extends keyof Kept & string>(name: Name, change: (kept: Kept[Name]) => Kept[Name]): Promise<void>;
  remove(name: keyof Kept & string): Promise<void>;
  /** Empties the whole shelf, of what others keep on it too. */
  clear(): Promise<void>;
}

const DATABASE = "bax-studio";
const STORE = "work";
const VERSION = 1;

/** The database, or nothing where there is none: a private window may refuse it. */
function openDatabase(): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, VERSION);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
      request.onblocked = () => resolve(undefined);
    } catch {
      // Some browsers refuse at once.
      resolve(undefined);
    }
  });
}

/** A shelf in IndexedDB. */
export class BrowserShelf<Kept> implements ShelfOf<Kept> {
  private readonly database: Promise<IDBDatabase | undefined>;

  constructor() {
    this.database = typeof indexedDB === "undefined" ? Promise.resolve(undefined) : openDatabase();
  }

  async get<Name extends keyof Kept & string>(name: Name): Promise<Kept[Name] | undefined> {
    return (await this.ask("readonly", (store) => store.get(name))) as Kept[Name] | undefined;
  }

  async put<Name extends keyof Kept & string>(name: Name, value: Kept[Name]): Promise<void> {
    await this.ask("readwrite", (store) => store.put(value, name));
  }

  async change<Name extends keyof Kept & string>(name: Name, change: (kept: Kept[Name]) => Kept[Name]): Promise<void> {
    const kept = await this.get(name);
    if (kept) await this.put(name, change(kept));
  }

  async remove(name: keyof Kept & string): Promise<void> {
    await this.ask("readwrite", (store) => store.delete(name));
  }

  async clear(): Promise<void> {
    await this.ask("readwrite", (store) => store.clear());
  }

  private async ask(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.database;
    if (!database) return undefined;
    let transaction: IDBTransaction;
    try {
      transaction = database.transaction(STORE, mode);
    } catch {
      // The browser has closed it, as when a user deletes what sites keep.
      return undefined;
    }
    return new Promise((resolve) => {
      const request = ask(transaction.objectStore(STORE));
      // What does not fit is not kept.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(undefined);
      try {
        // Not to wait for the page, which may be about to go.
        transaction.commit();
      } catch {
        // It has ended already: what is too large is refused at once.
      }
    });
  }
}
