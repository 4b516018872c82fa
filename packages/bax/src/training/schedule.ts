import { Random } from "../math/random.ts";
import type { Rate } from "./engine.ts";

/** The rates of epoch `epoch` (from 0) when the rate falls in a straight line from `rate` to 0 over `epochs` epochs of `count` examples. */
export function linearDecay(rate: number, epoch: number, epochs: number, count: number): Rate {
  return { start: rate * (1 - epoch / epochs), slope: -rate / (epochs * count) };
}

/**
 * Splits examples for validation: of each label's examples (by their first label) the same fraction, rounded down, chosen by the seed.
 * A label's only example always stays in training. Returns indices in ascending order.
 */
export function holdOut(
  firstLabels: Uint32Array,
  examples: Uint32Array,
  fraction: number,
  seed: number,
): { train: Uint32Array; valid: Uint32Array } {
  const byLabel = new Map<number, number[]>();
  for (const example of examples) {
    const label = firstLabels[example];
    const members = byLabel.get(label);
    if (members) members.push(example);
    else byLabel.set(label, [example]);
  }
  const random = new Random(seed);
  const held = new Set<number>();
  // Labels come in the order in which they first occur, so the split depends on data and seed only. Fractions of an example are carried
  // from label to label: with many small labels the whole part is still close to the fraction asked for.
  let carry = 0;
  for (const members of byLabel.values()) {
    const shuffled = Uint32Array.from(members);
    random.shuffle(shuffled);
    carry += Math.min(members.length * fraction, members.length - 1);
    const take = Math.min(Math.floor(carry), members.length - 1);
    carry -= take;
    for (const example of shuffled.subarray(0, take)) held.add(example);
  }
  return {
    train: examples.filter((example) => !held.has(example)),
    valid: examples.filter((example) => held.has(example)),
  };
}
