import type { Decision, Wanted } from "./calibration.ts";

/** An answer that could be given: its label, its probability (float32), and whether it is right. */
export interface Answer {
  readonly label: number;
  readonly probability: number;
  readonly isRight: boolean;
  /** How often it counts. */
  readonly weight: number;
}

/** Fewer answers of a label say too little: it gets the threshold of all labels together. */
const ENOUGH = 20;
/** Of a label that is never to be answered: no probability reaches it. */
const NEVER = 2;

/**
 * The least probability from which on each label is answered, so that of `answers` the wanted share is right, is found, or is kept.
 *
 * precision: the lowest threshold from which on the answers above it are right that often; recall: the highest one that leaves out no more
 * right answers than allowed, of all right ones in `answers`; share: the quantile. A label with fewer than 20 answers, or one that never
 * reaches the precision, is judged with all labels together; where those do not reach it either, by a threshold that nothing passes.
 */
export function chooseThresholds(answers: readonly Answer[], labelCount: number, wanted: Wanted): Decision {
  const sorted = [...answers].sort((a, b) => b.probability - a.probability);
  const byLabel = Array.from({ length: labelCount }, (): Answer[] => []);
  for (const answer of sorted) byLabel[answer.label].push(answer);
  const common = thresholdOf(sorted, wanted) ?? NEVER;
  const thresholds = byLabel.map((own) => (own.length < ENOUGH ? common : (thresholdOf(own, wanted) ?? common)));
  return { wanted, thresholds };
}

/** A label less likely than this is an answer to nobody, where each label is judged by itself. */
const UNLIKELY = 1e-3;

/** Answers to labelled texts, taken in one text at a time, and the thresholds that follow. */
export class AnswerSample {
  /** Answers that count of each text: the best one, or all where each label is judged by itself. */
  readonly answersEach: number;
  private readonly labelCount: number;
  private readonly isApart: boolean;
  private readonly answers: Answer[] = [];

  constructor(labelCount: number, isApart: boolean) {
    this.labelCount = labelCount;
    this.isApart = isApart;
    this.answersEach = isApart ? labelCount : 1;
  }

  /** `best`: label indices, −1 for none, and how likely each is; `gold`: what is right. */
  add(best: Int32Array, probabilities: Float32Array, gold: readonly number[], weight = 1): void {
    const right = new Set(gold);
    for (let i = 0; i < this.answersEach; i++) {
      const [label, probability] = [best[i], probabilities[i]];
      const isRight = right.has(label);
      if (label < 0 || (this.isApart && !isRight && probability < UNLIKELY)) continue;
      this.answers.push({ label, probability, isRight, weight });
    }
  }

  choose(wanted: Wanted): Decision {
    return chooseThresholds(this.answers, this.labelCount, wanted);
  }
}

/** For answers from the likeliest down; null where nothing reaches what is wanted. */
function thresholdOf(answers: readonly Answer[], wanted: Wanted): number | null {
  const total = answers.reduce((sum, { weight }) => sum + weight, 0);
  const allRight = answers.reduce((sum, { weight, isRight }) => sum + (isRight ? weight : 0), 0);
  let kept = 0;
  let right = 0;
  let found: number | null = null;
  for (const [i, { probability, isRight, weight }] of answers.entries()) {
    kept += weight;
    if (isRight) right += weight;
    // Answers that are equally likely go together.
    if (answers[i + 1]?.probability === probability) continue;
    if ("precision" in wanted) {
      if (right >= wanted.precision * kept) found = probability;
    } else {
      const reached = "recall" in wanted ? right >= wanted.recall * allRight : kept >= wanted.share * total;
      if (reached) return probability;
    }
  }
  return found;
}
