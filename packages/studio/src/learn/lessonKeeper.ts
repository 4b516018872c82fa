import type { ShelfOf } from "../shelf/browserShelf.ts";
import { fromKept, type KeptLesson, toKept } from "./keptLesson.ts";
import type { LearnStore } from "./store.ts";

/** Milliseconds from a change until it is kept, so that a lesson that plays is not written at each step. */
const PATIENCE = 1000;

/** What of the page of lessons lies on the shelf. */
export interface KeptLessons {
  lesson: KeptLesson;
}

/** Keeps what a store has over a reload. */
export class LessonKeeper {
  readonly #store: LearnStore;
  readonly #shelf: Pick<ShelfOf<KeptLessons>, "get" | "put" | "remove">;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isForgotten = false;

  constructor(store: LearnStore, shelf: Pick<ShelfOf<KeptLessons>, "get" | "put" | "remove">) {
    this.#store = store;
    this.#shelf = shelf;
  }

  /** Brings back what was kept, if that is a lesson, and from then on keeps what changes. */
  async begin(): Promise<void> {
    const kept = fromKept(await this.#shelf.get("lesson"));
    // What was forgotten while the shelf looked for it stays forgotten.
    if (kept && !this.#isForgotten) this.#store.restore(kept);
    const changed = (): void => {
      this.#timer ??= setTimeout(() => this.keep(), PATIENCE);
    };
    this.#store.sentences.subscribe(changed);
    this.#store.lesson.subscribe(changed);
    // Subscribing tells of what is there already.
    this.#rest();
  }

  /** Keeps what has changed, if anything has, without waiting. */
  async keep(): Promise<void> {
    if (this.#timer === undefined) return;
    this.#rest();
    const { sentences, lesson } = this.#store;
    await this.#shelf.put("lesson", toKept({ sentences: sentences.value, lesson: lesson.value }));
  }

  /** The lesson is as it was at first, here and after a reload. */
  async forget(): Promise<void> {
    this.#isForgotten = true;
    this.#store.forget();
    this.#rest();
    await this.#shelf.remove("lesson");
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
