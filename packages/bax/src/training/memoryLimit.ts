import { BaxError } from "../errors.ts";
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
