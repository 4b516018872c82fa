import type { RankingCurve } from "../reportData.ts";

/** Points of a curve at most. */
export const CURVE_POINTS = 200;

/** Of the bits of a score so many are left out in the table; 1 and all below it fit into it: 2^15 steps. */
const TABLE_SHIFT = 15;
const TABLE_SIZE = (0x3f800000 >>> TABLE_SHIFT) + 2;

/** What lies at or above each different score of a positive. */
interface Turn {
  readonly score: number;
  readonly found: number;
  readonly wrong: number;
}

/**
 * Counts what lies at and above each different score of a positive: only there a curve of precision or of recall turns upwards. So negatives
 * are not sorted, and most cost one comparison.
 */
export class CurveCounter {
  private readonly turns: Float32Array; // (turns) ascending
  private readonly positivesAt: Float64Array; // (turns)
  private readonly negativesAt: Float64Array; // (turns) with exactly that score
  private readonly negativesAbove: Float64Array; // (turns) from there to the next
  /** How many turns lie below a number of the first bits of a score: where to begin to look. */
  private readonly below: Uint32Array;
  private positives = 0;
  private negatives = 0;

  /** `scores`: of the positives, in any order. */
  constructor(scores: Float32Array) {
    this.turns = scores
      .slice()
      .sort()
      .filter((score, i, sorted) => i === 0 || score !== sorted[i - 1]);
    this.below = tableOf(this.turns);
    this.positivesAt = new Float64Array(this.turns.length);
    this.negativesAt = new Float64Array(this.turns.length);
    this.negativesAbove = new Float64Array(this.turns.length);
  }

  count(score: number, isPositive: boolean, weight: number): void {
    const { turns } = this;
    if (isPositive) this.positives += weight;
    else this.negatives += weight;
    if (turns.length === 0 || score < turns[0]) return;
    bits.float[0] = score;
    const start = bits.whole[0] >>> TABLE_SHIFT;
    // The last turn at or below the score lies in low … high − 1.
    let low = Math.max(0, this.below[start] - 1);
    let high = this.below[start + 1];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (turns[middle] <= score) low = middle;
      else high = middle;
    }
    if (isPositive) this.positivesAt[low] += weight;
    else if (turns[low] === score) this.negativesAt[low] += weight;
    else this.negativesAbove[low] += weight;
  }

  /** The curve with at most `most` points; its two figures are exact whatever that is. */
  curve(label: number, most: number = CURVE_POINTS): RankingCurve {
    const { positives, negatives } = this;
    const turns: Turn[] = [];
    let [found, wrong, precision, pairs] = [0, 0, 0, 0];
    for (let i = this.turns.length - 1; i >= 0; i--) {
      const [at, ties] = [this.positivesAt[i], this.negativesAt[i]];
      found += at;
      wrong += this.negativesAbove[i];
      pairs += at * (negatives - wrong - ties / 2);
      wrong += ties;
      if (at > 0) precision += (at * found) / (found + wrong);
      turns.push({ score: this.turns[i], found, wrong });
    }
    const last = turns.at(-1);
    if (last === undefined || last.wrong < negatives) turns.push({ score: 0, found, wrong: negatives });
    const shown = thin(turns, positives, negatives, most);
    return {
      label,
      positives,
      negatives,
      averagePrecision: positives > 0 ? precision / positives : null,
      rocAuc: positives > 0 && negatives > 0 ? pairs / (positives * negatives) : null,
      // Nine digits tell any two float32 apart.
      thresholds: shown.map(({ score }) => Number(score.toPrecision(9))),
      found: shown.map((turn) => turn.found),
      wrong: shown.map((turn) => turn.wrong),
    };
  }
}

/** The bits of a float32 from 0 on, taken as a whole number, are in the order of the numbers. */
const bits = { float: new Float32Array(1), whole: new Uint32Array(0) };
bits.whole = new Uint32Array(bits.float.buffer);

function tableOf(turns: Float32Array): Uint32Array {
  const whole = new Uint32Array(turns.buffer, turns.byteOffset, turns.length);
  const table = new Uint32Array(TABLE_SIZE);
  for (const turn of whole) table[(turn >>> TABLE_SHIFT) + 1]++;
  for (let i = 1; i < table.length; i++) table[i] += table[i - 1];
  return table;
}

/** At most `most` of the turns, the first and the last among them: evenly far along both curves, as the eye sees them. */
function thin(turns: readonly Turn[], positives: number, negatives: number, most: number): readonly Turn[] {
  if (turns.length <= most) return turns;
  const lengths: number[] = [0];
  for (let i = 1; i < turns.length; i++) {
    const [before, now] = [turns[i - 1], turns[i]];
    const precisionOf = ({ found, wrong }: Turn): number => found / Math.max(found + wrong, Number.MIN_VALUE);
    const step =
      (now.found - before.found) / (positives || 1) +
      (now.wrong - before.wrong) / (negatives || 1) +
      Math.abs(precisionOf(now) - precisionOf(before));
    lengths.push(lengths[i - 1] + step);
  }
  const whole = lengths[lengths.length - 1];
  const kept: Turn[] = [];
  let wanted = 0;
  for (const [i, turn] of turns.entries()) {
    const isLast = i === turns.length - 1;
    if (!isLast && (lengths[i] < (wanted * whole) / (most - 1) || kept.length === most - 1)) continue;
    kept.push(turn);
    wanted = Math.floor((lengths[i] / whole) * (most - 1)) + 1;
  }
  return kept;
}
