export { METRICS, type Metric, parseMetric } from "./metric.ts";
export type { TuneMeasurement, TuneTrial } from "./report.ts";
export type { TuneDescription, TuneHooks, TuneOptions, TuneResult, TuneStep } from "./tune.ts";

/**
 * Searches for better options than the defaults: trials near the defaults, then near the best so far, each measured cheaply first and
 * thoroughly only if it does well (successive halving). What is given is not searched. `read` is called once for every way of reading
 * text that is tried (tokenizer, case, n-grams): text is tokenised then, and never for a trial.
 *
 * With `trials` the result is the same for the same data, options and seed, whatever the machine and its threads. Throws a BaxError:
 * "usage" for an option or where no trial keeps to `bytes` or `microseconds`, "data" where there is nothing to learn from or to measure
 * on, "aborted" by `signal`.
 */
export const tune: typeof import("./tune.ts").tune = async (read, options) =>
  (await import("./tune.ts")).tune(read, options);
