// The table of a model's features (assembly/featureTable.ts): its head, u32 each, and then its lines.
export const FEATURE_TABLE_BUCKETS = 0;
/** Bits that the number of features takes. */
export const FEATURE_TABLE_ROW_BITS = 4;
/** Address of (features) u32: the hash of each row. */
export const FEATURE_TABLE_KEYS = 8;
/** 1 where entries may not tell hashes apart; and how many lines a feature is from its own at the most. */
export const FEATURE_TABLE_UNSURE = 12;
export const FEATURE_TABLE_FARTHEST = 16;
export const FEATURE_TABLE_HEAD = 64;
export const FEATURE_TABLE_LINE = 64;
/** Features that a line has room for. */
export const FEATURE_TABLE_ENTRIES = 12;
