// What a user has decided about single examples: another label, or that it is to go. The data themselves stay as they were read.
import type { Example } from "bax";
import type { LabelledExamples } from "../data/index.ts";

/** Other labels for an example, or null where it is to go. */
export type Decision = readonly string[] | null;

/** Decisions by the number of the example, from 0. */
export type Decisions = ReadonlyMap<number, Decision>;

/** Examples as they were decided to be, in their order. */
export class EditedExamples implements Iterable<Example> {
  private readonly source: LabelledExamples;
  private readonly decisions: Decisions;
  /** (examples) numbers of those that stay. */
  private readonly kept: readonly number[];

  constructor(source: LabelledExamples, decisions: Decisions) {
    this.source = source;
    this.decisions = decisions;
    const isGone = (number: number): boolean => decisions.get(number) === null;
    this.kept = Array.from({ length: source.length }, (_, number) => number).filter((number) => !isGone(number));
  }

  get length(): number {
    return this.kept.length;
  }

  /** The number that an example has in the data, of which this is the `number`-th that stays. */
  sourceOf(number: number): number {
    return this.kept[number];
  }

  at(number: number): Example {
    return this.decided(this.kept[number]);
  }

  *[Symbol.iterator](): Generator<Example, void, undefined> {
    for (const number of this.kept) yield this.decided(number);
  }

  private decided(number: number): Example {
    const example = this.source.at(number);
    const labels = this.decisions.get(number);
    if (!labels) return example;
    const { label: _, labels: __, ...rest } = example;
    return labels.length === 1 ? { ...rest, label: labels[0] } : { ...rest, labels };
  }
}
