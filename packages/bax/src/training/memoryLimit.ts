import { BaxError } from "../errors.ts";
import type { Dictionary } from "../features/index.ts";
import type { ScratchFile } from "./spilledStore.ts";

/** How much memory the examples and the count of their features may take, and where the examples go beyond that. */
export interface MemoryLimit {
  bytes: number;
  openScratch(): ScratchFile;
}

/** Of the limit: when examples go to the file, what the dictionary may grow to, and what a window of examples may take. */
export const SPILL_SHARE = 0.6;
export const DICTIONARY_SHARE = 0.5;
export const WINDOW_SHARE = 0.3;
/** The dictionary may double before it is looked at again. */
export const DICTIONARY_GROWTH = 2;

/** Where features are fastText's, none may be forgotten. */
export function refuseMore(features: number, bytes: number): never {
  throw new BaxError(
    "limit",
    `training data: its ${features} features do not fit into half of ${Math.floor(bytes / 1e6)} MB`,
    "Give a larger --memory, or shorter n-grams; with fastText's features none may be forgotten.",
  );
}

/**
 * When reading has to pause so that `Corpus` can look at its limit: once bytes of examples written from now on and 16 times the number of
 * features pass the first number, or features reach the second.
 */
export function pauseAt(
  limit: MemoryLimit | undefined,
  isSpilled: boolean,
  storedBytes: number,
  dictionary: Dictionary,
): { bytes: number; size: number } {
  if (!limit) return { bytes: Infinity, size: Infinity };
  if (isSpilled) return { bytes: Infinity, size: dictionary.sizeBeyond(DICTIONARY_SHARE * limit.bytes) };
  // All but what grows with the number of features.
  const table = DICTIONARY_GROWTH * dictionary.tableBytes;
  return { bytes: SPILL_SHARE * limit.bytes - storedBytes - table, size: Infinity };
}
