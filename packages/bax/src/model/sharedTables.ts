import type { PlacedVocabulary } from "./fastTextBags.ts";
import type { SharedProjection } from "./projection.ts";

/**
 * Tables that a classifier makes for itself, unless another on the same memory has them: nothing but addresses and numbers, which can be
 * told to another thread. They are only read, but for the rows of a projection, which whoever needs one first makes for all.
 */
export interface SharedTables {
  /** Address of Unicode's tables; 0 where features are fastText's. */
  unicode: number;
  /** Address of the table from hashes to rows; 0 where features are fastText's. */
  features: number;
  /** Where features are fastText's. */
  fastText: PlacedVocabulary | undefined;
  /** Where rows of A are projected. */
  projection: SharedProjection | undefined;
}
