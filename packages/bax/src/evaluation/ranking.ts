/** Most probabilities that are kept, 256 MiB of float32. Past it the figures that need them all are given up. */
const MOST_KEPT = 1 << 26;
/** Probabilities of one block of rows. */
const BLOCK = 1 << 16;
/** Bits of a probability that are left out where turns are looked up in a table, and how many turns make it worth while. */
const TABLE_SHIFT = 17;
const TABLE_FROM = 64;

/** How well probabilities put what is right before what is wrong; null where there is nothing to tell them apart by. */
export interface RankingFigures {
  /**
   * Average precision: Σ_n (R_n − R_{n−1}) P_n over the different probabilities from the highest down, P_n and R_n precision and recall of
   * "at least as probable". Nothing is interpolated. Null without a positive. Source: Zhu, Recall, precision and average precision (2004).
   */
  readonly averagePrecision: number | null;
  /**
   * Area under the ROC curve: how often a positive is more probable than a negative, a tie counting half; Mann and Whitney's U divided by the
   * number of pairs. Null without a positive or a negative. Sources: Hanley and McNeil, Radiology 143 (1982); Fawcett, Pattern Recognition
   * Letters 27 (2006).
   */
  readonly rocAuc: number | null;
}

/** Figures of every label, and their averages over the labels that have one. */
export interface Ranking {
  /** (labels). */
  readonly perLabel: readonly RankingFigures[];
  /** Over all pairs of an example and a label at once. */
  readonly micro: RankingFigures;
  readonly macro: RankingFigures;
  /** As macro, each label as heavy as it is frequent. */
  readonly weighted: RankingFigures;
}

const NOTHING: RankingFigures = { averagePrecision: null, rocAuc: null };

/**
 * Keeps the probabilities of all labels of all examples, and ranks them in the end. Both figures are exact, and equal scikit-learn's
 * `average_precision_score` and `roc_auc_score`, with weights and with ties.
 *
 * Only positives mark where a curve turns: their probabilities are sorted, and everything else is counted between them. So most of the
 * examples × labels probabilities cost one comparison, those below a label's least probable positive.
 */
export class RankingStore {
  readonly #labels: number;
  readonly #most: number;
  /**
   * (rows of a block, labels) each, the bits of float32; null once there were too many. The bits of numbers from 0 on, taken as whole numbers,
   * are in the numbers' order, and whole numbers are quicker to look up.
   */
  #blocks: Uint32Array[] | null = [];
  readonly #rowsOfBlock: number;
  /** Labels of all examples, one after the other, and where those of each end. */
  readonly #gold: number[] = [];
  readonly #goldEnds: number[] = [];
  readonly #weights: number[] = [];

  constructor(labels: number, most: number = MOST_KEPT) {
    this.#labels = labels;
    this.#most = most;
    this.#rowsOfBlock = Math.max(1, Math.floor(BLOCK / Math.max(1, labels)));
  }

  /** `all`: (labels) probabilities, 0 or more each, copied. `known`: the example's labels, each once. */
  add(all: Float32Array, known: ReadonlySet<number>, weight: number): void {
    if (this.#blocks === null) return;
    const row = this.#weights.length;
    if ((row + 1) * this.#labels > this.#most) {
      this.#blocks = null;
      return;
    }
    const within = row % this.#rowsOfBlock;
    if (within === 0) this.#blocks.push(new Uint32Array(this.#rowsOfBlock * this.#labels));
    const bits = new Uint32Array(all.buffer, all.byteOffset, all.length);
    this.#blocks[this.#blocks.length - 1].set(bits, within * this.#labels);
    for (const label of known) this.#gold.push(label);
    this.#goldEnds.push(this.#gold.length);
    this.#weights.push(weight);
  }

  /** Null where more was added than is kept, or nothing. */
  result(): Ranking | null {
    const blocks = this.#blocks;
    if (blocks === null || this.#weights.length === 0) return null;
    const positives: number[][] = Array.from({ length: this.#labels }, () => []);
    const every: number[] = [];
    this.#eachRow(blocks, (block, at, gold) => {
      for (const label of gold) {
        positives[label].push(block[at + label]);
        every.push(block[at + label]);
      }
    });
    const curves = positives.map((scores) => new Curve(scores));
    const whole = new Curve(every);
    const isGold = new Uint8Array(this.#labels);
    this.#eachRow(blocks, (block, at, gold, weight) => {
      for (const label of gold) isGold[label] = 1;
      for (let j = 0; j < curves.length; j++) {
        const isPositive = isGold[j] === 1;
        curves[j].count(block[at + j], isPositive, weight);
        whole.count(block[at + j], isPositive, weight);
      }
      for (const label of gold) isGold[label] = 0;
    });
    const perLabel = curves.map((curve) => curve.figures());
    return {
      perLabel,
      micro: whole.figures(),
      macro: average(perLabel, () => 1),
      weighted: average(perLabel, (label) => curves[label].positives),
    };
  }

  #eachRow(
    blocks: readonly Uint32Array[],
    visit: (block: Uint32Array, at: number, gold: readonly number[], weight: number) => void,
  ): void {
    for (let row = 0, begin = 0; row < this.#weights.length; row++) {
      const block = blocks[Math.floor(row / this.#rowsOfBlock)];
      const gold = this.#gold.slice(begin, this.#goldEnds[row]);
      begin = this.#goldEnds[row];
      visit(block, (row % this.#rowsOfBlock) * this.#labels, gold, this.#weights[row]);
    }
  }
}

/** What lies at and above each different probability of a positive. */
class Curve {
  positives = 0;
  #negatives = 0;
  /** Bits of the different probabilities of positives, ascending; (turns), as the counts below. */
  readonly #turns: Uint32Array;
  /** How many turns are below a number of `TABLE_SHIFT` fewer bits; none for few turns. */
  readonly #below: Uint32Array | undefined;
  /** Weight of positives and of negatives with exactly that probability, and of negatives from there to the next turn. */
  readonly #positivesAt: Float64Array;
  readonly #negativesAt: Float64Array;
  readonly #negativesAbove: Float64Array;

  /** `scores`: bits of the positives' probabilities. */
  constructor(scores: readonly number[]) {
    this.#turns = Uint32Array.from(scores)
      .sort()
      .filter((score, i, sorted) => i === 0 || score !== sorted[i - 1]);
    if (this.#turns.length >= TABLE_FROM) this.#below = tableOf(this.#turns);
    this.#positivesAt = new Float64Array(this.#turns.length);
    this.#negativesAt = new Float64Array(this.#turns.length);
    this.#negativesAbove = new Float64Array(this.#turns.length);
  }

  count(score: number, isPositive: boolean, weight: number): void {
    if (isPositive) this.positives += weight;
    else this.#negatives += weight;
    const turns = this.#turns;
    if (turns.length === 0 || score < turns[0]) return;
    // The last turn at or below the score lies in low … high − 1.
    let low = 0;
    let high = turns.length;
    if (this.#below) {
      const start = score >>> TABLE_SHIFT;
      low = Math.max(0, this.#below[start] - 1);
      high = this.#below[start + 1];
    }
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (turns[middle] <= score) low = middle;
      else high = middle;
    }
    if (isPositive) this.#positivesAt[low] += weight;
    else if (turns[low] === score) this.#negativesAt[low] += weight;
    else this.#negativesAbove[low] += weight;
  }

  figures(): RankingFigures {
    if (!(this.positives > 0)) return NOTHING;
    let [truePositives, falsePositives, precision, pairs] = [0, 0, 0, 0];
    for (let i = this.#turns.length - 1; i >= 0; i--) {
      const [at, ties] = [this.#positivesAt[i], this.#negativesAt[i]];
      truePositives += at;
      falsePositives += this.#negativesAbove[i];
      pairs += at * (this.#negatives - falsePositives - ties / 2);
      falsePositives += ties;
      if (at > 0) precision += (at * truePositives) / (truePositives + falsePositives);
    }
    return {
      averagePrecision: precision / this.positives,
      rocAuc: this.#negatives > 0 ? pairs / (this.positives * this.#negatives) : null,
    };
  }
}

function tableOf(turns: Uint32Array): Uint32Array {
  const table = new Uint32Array(2 ** (32 - TABLE_SHIFT) + 1);
  for (const turn of turns) table[(turn >>> TABLE_SHIFT) + 1]++;
  for (let i = 1; i < table.length; i++) table[i] += table[i - 1];
  return table;
}

function average(perLabel: readonly RankingFigures[], weightOf: (label: number) => number): RankingFigures {
  const mean = (of: (figures: RankingFigures) => number | null): number | null => {
    let [sum, total] = [0, 0];
    for (const [label, figures] of perLabel.entries()) {
      const value = of(figures);
      if (value === null) continue;
      sum += weightOf(label) * value;
      total += weightOf(label);
    }
    return total > 0 ? sum / total : null;
  };
  return { averagePrecision: mean((one) => one.averagePrecision), rocAuc: mean((one) => one.rocAuc) };
}
