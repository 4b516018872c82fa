export { METRICS, type Metric, parseMetric } from "./metric.ts";
export type { TuneMeasurement, TuneTrial } from "./report.ts";
export {
  type TuneDescription,
  type TuneHooks,
  type TuneOptions,
  type TuneResult,
  type TuneStep,
  tune,
} from "./tune.ts";
