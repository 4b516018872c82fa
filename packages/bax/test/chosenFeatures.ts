import type { Corpus } from "../src/training/corpus.ts";

/** Chooses features that occur in `least` texts, and what is known of each, out of the heap. */
export function chooseFrom({ dictionary, heap }: Corpus, least: number, limit: number) {
  const { count, keys, documents } = dictionary.choose(least, least, limit);
  return { keys: heap.u32At(keys, count).slice(), documents: heap.u32At(documents, count).slice() };
}
