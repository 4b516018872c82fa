// An example in memory: src/kernels/layout.ts says what lies where.

import { EXAMPLE_IDS, EXAMPLE_SIZE, FEATURE_BYTES } from "../src/kernels/layout";

/** Address of an example's labels (u32); their targets (f32) follow. */
export function targetsOf(example: usize): usize {
  return example + ((EXAMPLE_IDS + load<u32>(example + EXAMPLE_SIZE) * FEATURE_BYTES + 3) & ~3);
}
