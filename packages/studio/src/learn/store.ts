import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { BaxError } from "bax";
import type { Cell } from "./expression.ts";
import {
  type Lesson,
  nextPart,
  oneEpoch,
  oneStep,
  type Part,
  SETTINGS,
  type Settings,
  startLesson,
  withBatchSize,
  withLearningRate,
} from "./lesson.ts";
import { LIMITS, makeProblem, SENTENCES, type Sentence } from "./problem.ts";

/** A cell that the pointer is over, and the section of the page in which it is. */
export interface Look {
  readonly section: string;
  readonly cell: Cell;
}

/** What a reader would miss after a reload: the rows as they were left, and the lesson with all its numbers. */
export interface LearnedSoFar {
  readonly sentences: readonly Sentence[];
  readonly lesson: Lesson;
}

/** How long a step stays on the page while it plays, in milliseconds. */
const PLAY_INTERVAL = 250;

/** The state of the page and what can be done to it. */
export class LearnStore {
  readonly #sentences: Signal<readonly Sentence[]> = signal(SENTENCES);
  readonly #lesson: Signal<Lesson> = signal(startLesson(makeProblem(SENTENCES), SETTINGS));
  readonly #problem: Signal<string> = signal("");
  readonly #playing: Signal<boolean> = signal(false);
  #timer: ReturnType<typeof setInterval> | undefined;

  /** The rows of sentences as the reader left them; the lesson has those that have a label. */
  readonly sentences: ReadonlySignal<readonly Sentence[]> = this.#sentences;
  readonly lesson: ReadonlySignal<Lesson> = this.#lesson;
  /** What is wrong with the sentences, in words; the lesson is then that of the last good ones. */
  readonly complaint: ReadonlySignal<string> = this.#problem;
  readonly playing: ReadonlySignal<boolean> = this.#playing;
  /** The cell that was chosen in each section. */
  readonly chosen: Signal<Readonly<Record<string, Cell>>> = signal({});
  readonly pointed: Signal<Look | undefined> = signal(undefined);
  /** Whether the page goes to the part that is computed. */
  readonly following: Signal<boolean> = signal(true);

  /** Keeps a cell in view, in one section. */
  choose(section: string, cell: Cell): void {
    this.chosen.value = { ...this.chosen.value, [section]: cell };
  }

  /** One part further. Returns the part that is now computed. */
  nextPart(): Part {
    this.pause();
    this.#lesson.value = nextPart(this.#lesson.value);
    return this.#lesson.value.part;
  }

  oneStep(): void {
    this.pause();
    this.#lesson.value = oneStep(this.#lesson.value);
  }

  oneEpoch(): void {
    this.pause();
    this.#lesson.value = oneEpoch(this.#lesson.value);
  }

  /** Computes this step as far as a part. */
  computeTo(part: Part): void {
    this.pause();
    let lesson = this.#lesson.value;
    while (lesson.part !== part) lesson = nextPart(lesson);
    this.#lesson.value = lesson;
  }

  playOrPause(): void {
    if (this.#playing.value) {
      this.pause();
      return;
    }
    this.#playing.value = true;
    this.#timer = setInterval(() => {
      this.#lesson.value = oneStep(this.#lesson.value);
    }, PLAY_INTERVAL);
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#playing.value = false;
  }

  startAgain(): void {
    this.#restart(this.#lesson.value.settings);
  }

  setLearningRate(learningRate: number): void {
    this.#lesson.value = withLearningRate(this.#lesson.value, learningRate);
  }

  setBatchSize(batchSize: number): void {
    batch(() => {
      this.#forget();
      this.#lesson.value = withBatchSize(this.#lesson.value, batchSize);
    });
  }

  setDimension(dimension: number): void {
    this.#restart({ ...this.#lesson.value.settings, dimension });
  }

  setSeed(seed: number): void {
    if (Number.isSafeInteger(seed)) this.#restart({ ...this.#lesson.value.settings, seed });
  }

  changeSentence(index: number, change: Partial<Sentence>): void {
    this.#setSentences(this.#sentences.value.map((old, n) => (n === index ? { ...old, ...change } : old)));
  }

  addSentence(): void {
    if (this.#sentences.value.length < LIMITS.sentences) {
      this.#setSentences([...this.#sentences.value, { text: "", label: "" }]);
    }
  }

  removeSentence(index: number): void {
    this.#setSentences(this.#sentences.value.filter((_, n) => n !== index));
  }

  builtInSentences(): void {
    this.#setSentences(SENTENCES);
  }

  /** Goes on where an earlier visit ended. */
  restore({ sentences, lesson }: LearnedSoFar): void {
    this.pause();
    batch(() => {
      this.#forget();
      this.#sentences.value = sentences;
      this.#lesson.value = lesson;
      this.#problem.value = complaintOf(sentences);
    });
  }

  /** Everything is as it was at first. */
  forget(): void {
    this.restore({ sentences: SENTENCES, lesson: startLesson(makeProblem(SENTENCES), SETTINGS) });
    this.following.value = true;
  }

  /** The lesson begins again with the new sentences, if they can be learned from. */
  #setSentences(sentences: readonly Sentence[]): void {
    batch(() => {
      this.#sentences.value = sentences;
      this.#problem.value = complaintOf(sentences);
      if (this.#problem.value !== "") {
        this.pause();
        return;
      }
      const problem = makeProblem(sentences);
      if (JSON.stringify(problem) === JSON.stringify(this.#lesson.value.problem)) return;
      const { settings } = this.#lesson.value;
      const batchSize = Math.min(settings.batchSize, problem.sentences.length);
      this.#begin(startLesson(problem, { ...settings, batchSize }));
    });
  }

  #restart(settings: Settings): void {
    batch(() => this.#begin(startLesson(this.#lesson.value.problem, settings)));
  }

  #begin(lesson: Lesson): void {
    this.pause();
    this.#forget();
    this.#lesson.value = lesson;
  }

  /** Cells of before may not be there any more. */
  #forget(): void {
    this.chosen.value = {};
    this.pointed.value = undefined;
  }
}

/** What is wrong with sentences, in words; empty where they can be learned from. */
function complaintOf(sentences: readonly Sentence[]): string {
  try {
    makeProblem(sentences);
    return "";
  } catch (error) {
    if (!(error instanceof BaxError)) throw error;
    return `${asSentence(error.message)} ${error.advice}`;
  }
}

function asSentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
