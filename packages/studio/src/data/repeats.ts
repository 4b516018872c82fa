import { textHash } from "@bax/report";
import { ColumnOfNumbers } from "./columnOfTexts.ts";

/** Examples that are shown for conflicts at most. */
const SHOWN = 5;

/** Finds texts that come more than once, without keeping them: by a hash, and then letter for letter. */
export class Repeats {
  /** Number of the first example with a text, by the hash of the text. */
  private readonly firsts = new Map<number, number>();
  /** Of every example, what its labels are called here. */
  private readonly labels = new ColumnOfNumbers();
  private readonly conflicting = new Set<number>();
  private readonly textOf: (number: number) => string;
  /** Examples whose text an earlier one has. */
  duplicates = 0;
  /** Numbers of a few examples whose text has several labels: the first with a text, then one that contradicts it. */
  readonly shown: number[] = [];

  /** `textOf` gives the text of an example that was added, without spaces at its ends. */
  constructor(textOf: (number: number) => string) {
    this.textOf = textOf;
  }

  /** Texts that have several labels. */
  get conflicts(): number {
    return this.conflicting.size;
  }

  /** Examples come in their order. `labels`: a number that only examples with the same labels have. */
  add(text: string, labels: number): void {
    const number = this.labels.length;
    this.labels.add(labels);
    if (text === "") return;
    const hash = textHash(text);
    const first = this.firsts.get(hash);
    if (first === undefined) {
      this.firsts.set(hash, number);
      return;
    }
    if (this.textOf(first) !== text) return;
    this.duplicates++;
    if (this.labels.get(first) === labels) return;
    if (!this.conflicting.has(first) && this.shown.length + 2 <= SHOWN) this.shown.push(first, number);
    this.conflicting.add(first);
  }
}
