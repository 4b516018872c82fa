/**
 * A text's bag in the heap: `count` rows of A at `ids` (u32) with their `weights` (f32). Their weighted sum is multiplied by `scale`, which
 * is 0 for a text without a feature where fastText is imitated: it has no answer there.
 */
export interface Bag {
  ids: number;
  weights: number;
  count: number;
  scale: number;
}
