import { VECTOR } from "../model/index.ts";
import type { Corpus } from "./corpus.ts";
import type { TrainingOptions } from "./options.ts";
import type { TrainingPlatform } from "./report.ts";

/** Fewer features than this in all examples are trained on one thread: starting another costs more than it gives. */
const FEATURES_PER_THREAD = 1_000_000;
/** Most threads that can share a run: one a slice of the hidden dimension. */
const MOST_THREADS = 8;

/** Threads to train on: as many as are asked for or as help; one where memory cannot be shared. Never changes the result. */
export function threadCount(
  { dim, threads }: TrainingOptions,
  corpus: Pick<Corpus, "heap" | "featureTotal">,
  platform: TrainingPlatform,
): number {
  if (!corpus.heap.shared || !platform.spawn) return 1;
  const most = Math.min(MOST_THREADS, dim / VECTOR);
  if (threads > 0) return Math.min(threads, most);
  return Math.max(1, Math.min(platform.cores, most, Math.floor(corpus.featureTotal / FEATURES_PER_THREAD)));
}
