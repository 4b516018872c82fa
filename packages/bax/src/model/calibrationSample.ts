import {
  type Calibration,
  plattScaling,
  softmaxTemperature,
  type Target,
  targetScore,
  treeTemperature,
} from "../calibration/index.ts";
import { likeliest } from "../data/index.ts";
import { CalibrationError } from "../evaluation/index.ts";
import type { Head } from "../losses/index.ts";
import { exp } from "../math/elementary.ts";
import { logSumExp } from "../math/softmax.ts";
import type { ForwardPass } from "./forwardPass.ts";

/** Fewer examples say too little: the model stays as it is. */
const LEAST_EXAMPLES = 30;
/** Scores that are kept, about: of more examples every so manieth. They are looked at some ten times after every epoch. */
const KEPT_SCORES = 1 << 18;
/** Where there are many labels more scores are kept, so that there are enough examples, up to a limit. */
const ENOUGH_EXAMPLES = 1000;
const MOST_SCORES = 1 << 24;

/** Whether the labels of a model are judged each by itself. */
export function areLabelsApart({ loss }: Head): boolean {
  return loss === "ova" || loss === "ns";
}

/** Of how many examples one is enough to fit a calibration. */
export function calibrationStride(examples: number, labelCount: number): number {
  const kept = Math.max(KEPT_SCORES, Math.min(ENOUGH_EXAMPLES * labelCount, MOST_SCORES)) / labelCount;
  return Math.max(1, Math.ceil(examples / kept));
}

/** Scores of labelled examples, taken in while a forward pass has them, and the calibration that follows. */
export class CalibrationSample {
  private readonly head: Head;
  private readonly labelCount: number;
  private readonly stride: number;
  /** (kept examples, labels), with room for more; empty where labels are the leaves of a tree. */
  private readonly scores: Float32Array;
  private readonly targets: Target[] = [];
  private readonly turns: number[] = [];
  private readonly turnWeights: number[] = [];
  private offered = 0;

  /** `examples`: how many will be added at most. */
  constructor(head: Head, labelCount: number, examples: number) {
    this.head = head;
    this.labelCount = labelCount;
    this.stride = calibrationStride(examples, labelCount);
    this.scores = new Float32Array(head.loss === "hs" ? 0 : Math.ceil(examples / this.stride) * labelCount);
  }

  /** An example whose uncalibrated scores are in a lane, after `logitsBatch`. One without a known label is passed over. */
  add(forward: ForwardPass, lane: number, target: Target): void {
    if (this.offered++ % this.stride !== 0 || target.labels.length === 0) return;
    const { labels, shares, weight = 1 } = target;
    if (this.head.loss === "hs") {
      for (const [i, label] of labels.entries())
        for (const turn of forward.turnsOf(label, lane)) {
          this.turns.push(turn);
          this.turnWeights.push(weight * (shares?.[i] ?? 1));
        }
    } else forward.scoresOf(lane, this.scores, this.targets.length * this.labelCount);
    // Negative sampling has the shares of softmax, but says of each label by itself whether it is right.
    this.targets.push(this.head.loss === "ns" ? { labels, weight } : target);
  }

  /** Of a softmax at a temperature: mean cross-entropy (nats) and calibration error of the kept examples. */
  figuresAt(temperature: number): { logLoss: number; ece: number } {
    const { scores, targets, labelCount } = this;
    const error = new CalibrationError();
    let sum = 0;
    let total = 0;
    for (const [row, { labels, shares, weight = 1 }] of targets.entries()) {
      const s = Float64Array.from(
        scores.subarray(row * labelCount, (row + 1) * labelCount),
        (one) => one / temperature,
      );
      const whole = logSumExp(s);
      const best = s.indexOf(s.reduce((a, b) => Math.max(a, b)));
      error.add(Math.fround(exp(s[best] - whole)), likeliest(labels, shares).includes(best));
      sum += weight * (whole - targetScore(s, labels, shares));
      total += weight;
    }
    return { logLoss: sum / total, ece: error.result() };
  }

  /** Undefined where there are too few examples. */
  fit(): Calibration | undefined {
    const { head, labelCount, scores, targets, turns, turnWeights } = this;
    if (targets.length < LEAST_EXAMPLES) return undefined;
    if (head.loss === "hs")
      return { temperature: treeTemperature({ scores: turns, weights: turnWeights }), platt: null };
    const scored = { labelCount, scores, targets };
    return areLabelsApart(head)
      ? { temperature: 1, platt: plattScaling(scored) }
      : { temperature: softmaxTemperature(scored), platt: null };
  }
}
