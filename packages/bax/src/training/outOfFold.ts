// Answers to examples by models that had not seen them, kept for whoever wants to look at them one by one.
import { BaxError } from "../errors.ts";
import type { Heap } from "../kernels/index.ts";
import { readExample } from "./exampleRecord.ts";
import { answerPart, type StoredModel } from "./heldOut.ts";
import { MemoryPart, type Part } from "./part.ts";
import type { Prepared } from "./preparation.ts";

/** What models that had not seen an example say of it. */
export interface OutOfFold {
  /** In the order of the columns of `probabilities`. */
  labels: readonly string[];
  /** (rows) number of the example among those that were given, from 0. */
  examples: Uint32Array;
  /** (rows, labels). */
  probabilities: Float32Array;
  /** (rows) index of the example's own label, the first where it has several. */
  own: Uint32Array;
}

/** Refuses examples that are in a file, whose answers would not fit where they do not. */
export function requireMemory({ corpus }: Prepared): void {
  if (!corpus.inFile) return;
  throw new BaxError(
    "usage",
    "out-of-fold probabilities need the examples in memory",
    "Give a larger --memory, or leave it out.",
  );
}

/** Of each example that was learned from, its number among those that were given: (count). `skipped`: numbers of those without a label. */
export function givenNumbers(count: number, skipped: readonly number[]): Uint32Array {
  const numbers = new Uint32Array(count);
  let number = 0;
  let next = 0;
  for (let row = 0; row < count; row++) {
    while (skipped[next] === number) {
      number++;
      next++;
    }
    numbers[row] = number++;
  }
  return numbers;
}

/** Index of the first label of each example of a part. */
export function ownLabels(heap: Heap, part: Part): Uint32Array {
  const [window] = part.windows();
  return window.load().map((address) => readExample(heap, address).labels[0]);
}

/** Answers to the held-out part after an epoch. */
interface KeptAnswers {
  epoch: number;
  value: number;
  probabilities: Float32Array;
}

/** The answers to the held-out part of the last epoch and of the one that was best: one of the two is what training keeps. */
export class HeldOutAnswers {
  private readonly prepared: Prepared;
  private readonly part: Part;
  private last: KeptAnswers | undefined;
  private best: KeptAnswers | undefined;

  constructor(prepared: Prepared, part: Part) {
    requireMemory(prepared);
    this.prepared = prepared;
    this.part = part;
  }

  /** `epoch`: from 1; `value`: greater where the model is better. */
  take(model: StoredModel, epoch: number, value: number): void {
    const { labelCount } = model.parameters;
    const probabilities = new Float32Array(this.part.count * labelCount);
    answerPart(model, this.part, labelCount, (example, best, likely) => {
      for (const [i, label] of best.entries()) if (label >= 0) probabilities[example * labelCount + label] = likely[i];
    });
    this.last = { epoch, value, probabilities };
    if (!this.best || value > this.best.value) this.best = this.last;
  }

  /** Of an epoch; undefined where an earlier run had made it. */
  of(epoch: number): OutOfFold | undefined {
    const { prepared, part, last, best } = this;
    const kept = [last, best].find((one) => one?.epoch === epoch);
    if (!kept || !(part instanceof MemoryPart)) return undefined;
    const numbers = givenNumbers(prepared.corpus.labelledCount, prepared.skipped);
    return {
      labels: prepared.corpus.labels.names,
      examples: part.examples.map((example) => numbers[example]),
      probabilities: kept.probabilities,
      own: ownLabels(prepared.heap, part),
    };
  }
}
