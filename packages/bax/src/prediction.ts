import { eachLine } from "./data/index.ts";
import { asWritten, BaxError } from "./errors.ts";
import { BatchAnswers, type Classifier, GrowingRows } from "./model/index.ts";

/**
 * A label and how likely it is, from 0 to 1. The probabilities of all labels sum to 1 with the losses softmax and hs; with ova and ns each
 * label is judged by itself.
 */
export interface Prediction {
  label: string;
  probability: number;
}

/** Answers to many texts in plain arrays: row i holds the k best of text i, best first. */
export interface BatchPredictions {
  count: number;
  k: number;
  /** (count, k) indices into `labels` of the model; −1 past the last one that is likely enough. */
  labels: Int32Array;
  /** (count, k). */
  probabilities: Float32Array;
}

/** When to give no answer at all. Any of the reasons is enough. */
export interface Abstention {
  /** The best label is less likely than this, 0 to 1. */
  probability?: number | undefined;
  /** The best label is less than this more likely than the second, 0 to 1. */
  margin?: number | undefined;
  /** More than this share of the text's features is unknown to the model, 0 to 1; of fastText's models, of its words. */
  unknown?: number | undefined;
}

/** How many answers, from which probability on, and among which labels. */
export interface PredictOptions {
  /** Most labels to answer, 1 unless given; Infinity for all. */
  k?: number | undefined;
  /** Least probability to answer. Unless given the model's own thresholds, one for each label, or 0 where it has none. */
  threshold?: number | undefined;
  /** The only labels to answer; their probabilities are as if there were no others (with ova and ns, as they are). */
  labels?: readonly string[] | undefined;
  /** When to give no answer. */
  abstain?: Abstention | undefined;
  /** Whether scores are taken as they are: not calibrated, and without the model's own thresholds. */
  raw?: boolean | undefined;
  /** Whether to answer logarithms of probabilities, in nats, in their place: exact where the probability is too small for a number. */
  log?: boolean | undefined;
}

/** How a label scores for a text. */
export interface Score {
  label: string;
  /** What the probability is made of: softmax takes e to the power of it, the other losses σ of it, hierarchical softmax of its parts. */
  logit: number;
  /** In nats; finite where the probability itself is too small to be told. */
  logProbability: number;
  /** 0 to 1. */
  probability: number;
}

/** Options that were checked, as answering takes them. */
interface Selection {
  k: number;
  threshold: number | Float32Array;
  abstain: Abstention;
  log: boolean;
}

function refuse(name: string, got: unknown, expected: string, advice: string): never {
  throw new BaxError("usage", `${name}: got ${asWritten(got)}, expected ${expected}`, advice);
}

/** Refuses a number of answers that is none. */
export function checkK(k: number): void {
  if (!((Number.isInteger(k) || k === Number.POSITIVE_INFINITY) && k >= 1))
    refuse("k", k, "a whole number from 1", "Give how many labels you want for a text.");
}

/** Refuses names that are not labels of the model; returns their indices, ascending. */
export function labelIndices(labels: readonly string[], names: readonly string[]): Uint32Array {
  const indices = new Map(labels.map((label, index) => [label, index]));
  if (names.length === 0) refuse("labels", names, "at least one", "Leave the option out to have all of them.");
  const found = names.map((name) => {
    const index = indices.get(name);
    if (index !== undefined) return index;
    throw new BaxError(
      "usage",
      `label "${name}" is not one of the model's ${labels.length}`,
      "`bax info` lists the labels.",
    );
  });
  return Uint32Array.from(new Set(found)).sort();
}

/** Answers to texts by a classifier. Synchronous; changes nothing of the model. */
export class Predictor {
  private readonly classifier: Classifier;
  private readonly thresholds: Float32Array | undefined;
  private readonly batchAnswers: BatchAnswers;

  constructor(classifier: Classifier) {
    const { decision } = classifier.parts;
    this.classifier = classifier;
    this.batchAnswers = new BatchAnswers(classifier.forward);
    this.thresholds = decision && Float32Array.from(decision.thresholds);
  }

  one(text: string, options: PredictOptions): Prediction[] {
    return this.with(options, (selection) => {
      const { classifier } = this;
      const labels = new Int32Array(selection.k);
      const probabilities = new Float32Array(selection.k);
      classifier.score(text);
      const logs = selection.log ? classifier.forward.logProbabilities(0, true) : undefined;
      classifier.forward.normalizeOne();
      this.answer(selection, 0, true, labels, probabilities, 0, logs);
      return this.named(labels, probabilities, 0, selection.k);
    });
  }

  all(texts: readonly string[], options: PredictOptions): Prediction[][] {
    const { classifier } = this;
    let next = 0;
    const batch = this.batchOf(options, (range) => {
      if (next === texts.length) return false;
      Object.assign(range, classifier.place(texts[next++]));
      return true;
    });
    return this.rows(batch);
  }

  /** Answers by the names of labels. */
  rows({ count, k, labels, probabilities }: BatchPredictions): Prediction[][] {
    return Array.from({ length: count }, (_, row) => this.named(labels, probabilities, row * k, k));
  }

  lines(lines: Uint8Array, options: PredictOptions): BatchPredictions {
    return this.linesAt(this.classifier.placeBytes(lines), lines.length, options);
  }

  /** `lines` for those that lie in the heap. */
  linesAt(at: number, length: number, options: PredictOptions): BatchPredictions {
    const { classifier } = this;
    // What is unknown of a text is told text by text.
    if (options.abstain?.unknown === undefined) {
      return this.batch(options, (answered) => classifier.predictLines(at, at + length, answered));
    }
    const bounds: number[] = [];
    eachLine(classifier.parts.heap.u8At(at, length), 1, (begin, end) => bounds.push(begin, end));
    return this.textsAt(at, bounds, options);
  }

  /** Answers texts that lie in the heap. `bounds`: where each begins and ends, counted from an address. */
  textsAt(at: number, bounds: ArrayLike<number>, options: PredictOptions): BatchPredictions {
    let next = 0;
    return this.batchOf(options, (range) => {
      if (next === bounds.length) return false;
      range.at = at + bounds[next];
      range.length = bounds[next + 1] - bounds[next];
      next += 2;
      return true;
    });
  }

  /** Throws a BaxError ("usage") for options that are none. */
  check(options: PredictOptions): void {
    this.with(options, () => undefined);
  }

  /** Scores of all labels, or of some, in the model's order. */
  scores(text: string, { labels, raw }: Pick<PredictOptions, "labels" | "raw">): Score[] {
    return this.with({ labels, raw }, () => {
      const { classifier } = this;
      const { forward, parts } = classifier;
      const indices = forward.subset ?? parts.labels.map((_, j) => j);
      // Logits are read one by one, before those of a subset are moved together.
      const { subset } = forward;
      forward.subset = null;
      classifier.score(text);
      const logits = Array.from(indices, (j) => forward.logitOf(j));
      forward.subset = subset;
      if (subset) classifier.score(text);
      const logs = forward.logProbabilities(0, true);
      forward.normalizeOne();
      const found = new Int32Array(indices.length);
      const likely = new Float32Array(indices.length);
      forward.top(indices.length, 0, true, found, likely, 0);
      const places = new Map(Array.from(found, (label, i) => [label, i]));
      return Array.from(indices, (j, i) => ({
        label: parts.labels[j],
        logit: logits[i],
        logProbability: logs[i],
        probability: likely[places.get(j) ?? -1] ?? 0,
      }));
    });
  }

  // Sets up the forward pass as the options want it, and leaves it as it was.
  private with<T>(
    { k = 1, threshold, labels, abstain = {}, raw = false, log = false }: PredictOptions,
    work: (selection: Selection) => T,
  ): T {
    checkK(k);
    if (threshold !== undefined && !(threshold >= 0))
      refuse("threshold", threshold, "a probability from 0 to 1", "0 answers everything.");
    for (const [name, value] of Object.entries(abstain))
      if (value !== undefined && !(0 <= value && value <= 1))
        refuse(`abstain by ${name}`, value, "a number from 0 to 1", "Leave it out to answer everything.");
    const { classifier, thresholds } = this;
    const { forward, parts } = classifier;
    forward.raw = raw;
    forward.subset = labels === undefined ? null : labelIndices(parts.labels, labels);
    classifier.countsUnknown = abstain.unknown !== undefined;
    try {
      return work({
        k: Math.min(k, forward.subset?.length ?? parts.labels.length),
        threshold: threshold ?? (raw ? 0 : (thresholds ?? 0)),
        abstain,
        log,
      });
    } finally {
      forward.raw = false;
      forward.subset = null;
      classifier.countsUnknown = false;
    }
  }

  private batchOf(options: PredictOptions, next: (range: { at: number; length: number }) => boolean): BatchPredictions {
    return this.batch(options, (answered) => this.classifier.predictMany(next, answered));
  }

  // `run` scores texts and calls what it is given for each batch of up to 16.
  private batch(
    options: PredictOptions,
    run: (answered: (first: number, count: number) => void) => void,
  ): BatchPredictions {
    return this.with(options, (selection) => {
      const { forward } = this.classifier;
      const { k, abstain } = selection;
      const abstainsNever = Object.values(abstain).every((value) => value === undefined);
      const labels = new GrowingRows(Int32Array, k);
      const probabilities = new GrowingRows(Float32Array, k);
      let count = 0;
      run((first, lanes) => {
        const logs = Array.from({ length: selection.log ? lanes : 0 }, (_, lane) =>
          forward.logProbabilities(lane, false),
        );
        forward.normalizeBatch();
        count = first + lanes;
        labels.reserve(count);
        probabilities.reserve(count);
        if (abstainsNever && !selection.log) {
          this.batchAnswers.top(k, lanes, labels.values, probabilities.values, first * k, selection.threshold);
          return;
        }
        for (let lane = 0; lane < lanes; lane++)
          this.answer(selection, lane, false, labels.values, probabilities.values, (first + lane) * k, logs[lane]);
      });
      return { count, k, labels: labels.take(count), probabilities: probabilities.take(count) };
    });
  }

  private answer(
    { k, threshold, abstain }: Selection,
    lane: number,
    one: boolean,
    labels: Int32Array,
    probabilities: Float32Array,
    at: number,
    logs: Float64Array | undefined,
  ): void {
    const { forward } = this.classifier;
    if (this.abstains(abstain, lane, one)) {
      labels.fill(-1, at, at + k);
      probabilities.fill(0, at, at + k);
      return;
    }
    forward.top(k, lane, one, labels, probabilities, at, threshold);
    if (!logs) return;
    const { subset } = forward;
    for (let i = at; i < at + k && labels[i] >= 0; i++)
      probabilities[i] = logs[subset ? subset.indexOf(labels[i]) : labels[i]];
  }

  private abstains({ probability, margin, unknown }: Abstention, lane: number, one: boolean): boolean {
    if (unknown !== undefined && this.classifier.unknownShare(lane) > unknown) return true;
    if (probability === undefined && margin === undefined) return false;
    const best = new Float32Array(2);
    this.classifier.forward.top(2, lane, one, new Int32Array(2), best, 0);
    return best[0] < (probability ?? 0) || best[0] - best[1] < (margin ?? 0);
  }

  private named(labels: Int32Array, probabilities: Float32Array, from: number, count: number): Prediction[] {
    const { labels: names } = this.classifier.parts;
    const answers: Prediction[] = [];
    for (let i = from; i < from + count; i++)
      if (labels[i] >= 0) answers.push({ label: names[labels[i]], probability: probabilities[i] });
    return answers;
  }
}
