/** A text's bag in the heap: `count` rows of A at `ids` (u32) with their `weights` (f32); their weighted sum is multiplied by `scale`. */
export interface Bag {
  ids: number;
  weights: number;
  count: number;
  scale: number;
}
