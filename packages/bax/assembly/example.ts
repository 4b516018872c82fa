// An example in memory: src/kernels/layout.ts says what lies where.

import { EXAMPLE_IDS, EXAMPLE_SIZE, EXAMPLE_TARGETS, EXAMPLE_WEIGHT, FEATURE_BYTES } from "../src/kernels/layout";

/** Address of an example's labels (u32); their targets (f32) follow. */
export function targetsOf(example: usize): usize {
  return example + ((EXAMPLE_IDS + load<u32>(example + EXAMPLE_SIZE) * FEATURE_BYTES + 3) & ~3);
}

/**
 * What an example counts: its own weight, by the mean of its labels' weights (f32), each label's by its target; `labelWeights` may be 0.
 */
export function weightOfExample(example: usize, labelWeights: usize): f32 {
  const weight = load<f32>(example + EXAMPLE_WEIGHT);
  if (!labelWeights) return weight;
  const bytes = load<u32>(example + EXAMPLE_TARGETS) << 2;
  const targets = targetsOf(example);
  let sum: f32 = 0;
  let total: f32 = 0;
  for (let at = targets; at < targets + bytes; at += 4) {
    const target = load<f32>(at + bytes);
    sum += target * load<f32>(labelWeights + (load<u32>(at) << 2));
    total += target;
  }
  return weight * (sum / total);
}
