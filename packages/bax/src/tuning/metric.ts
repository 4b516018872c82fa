import { BaxError } from "../errors.ts";
import type { Evaluation, LabelMetrics } from "../evaluation/index.ts";

/** What a search goes by: a figure of the evaluation. */
export interface Metric {
  /** As it was asked for: "macro-f1", "precision-at-3", "f1:spam". */
  readonly name: string;
  /** Answers that count for each example. */
  readonly k: number;
  /** The label that it is measured of; undefined for all. */
  readonly label: string | undefined;
  readonly higherIsBetter: boolean;
  /** The figure; NaN where there is none. */
  of(evaluation: Evaluation): number;
}

/** Figures of all labels: how they are read, and whether more is better. */
const WHOLE: Readonly<Record<string, { higherIsBetter: boolean; of(evaluation: Evaluation): number }>> = {
  accuracy: { higherIsBetter: true, of: ({ accuracy }) => accuracy },
  "macro-f1": { higherIsBetter: true, of: ({ macroF1 }) => macroF1 },
  "micro-f1": { higherIsBetter: true, of: ({ microF1 }) => microF1 },
  "log-loss": { higherIsBetter: false, of: ({ logLoss }) => logLoss ?? Number.NaN },
  ece: { higherIsBetter: false, of: ({ ece }) => ece },
};
const OF_K: Readonly<Record<string, (evaluation: Evaluation) => number>> = {
  "precision-at-": ({ precisionAtK }) => precisionAtK,
  "recall-at-": ({ recallAtK }) => recallAtK,
};
const OF_LABEL: Readonly<Record<string, (row: LabelMetrics) => number>> = {
  f1: ({ f1 }) => f1,
  precision: ({ precision }) => precision,
  recall: ({ recall }) => recall,
};
/** Most answers that a figure may count. */
const MOST_ANSWERS = 1000;

/** Every metric as a user may write it; K is a number, LABEL one of the data. */
export const METRICS: readonly string[] = [
  ...Object.keys(WHOLE),
  ...Object.keys(OF_K).map((name) => `${name}K`),
  ...Object.keys(OF_LABEL).map((name) => `${name}:LABEL`),
];

/** Reads the name of a metric. Throws a BaxError ("usage") for one that does not exist. */
export function parseMetric(name: string): Metric {
  if (Object.hasOwn(WHOLE, name)) return { name, k: 1, label: undefined, ...WHOLE[name] };
  const [kind, ...rest] = name.split(":");
  if (Object.hasOwn(OF_LABEL, kind) && rest.length > 0) {
    const label = rest.join(":");
    const figure = OF_LABEL[kind];
    const of = ({ perLabel }: Evaluation) => {
      const row = perLabel.find((one) => one.label === label);
      return row ? figure(row) : 0;
    };
    return { name, k: 1, label, higherIsBetter: true, of };
  }
  const counted = /^((?:precision|recall)-at-)(\d+)$/.exec(name);
  const k = counted ? Number(counted[2]) : 0;
  if (counted && k >= 1 && k <= MOST_ANSWERS) {
    return { name, k, label: undefined, higherIsBetter: true, of: OF_K[counted[1]] };
  }
  throw new BaxError(
    "usage",
    `--metric: got "${name}", which is no figure of an evaluation`,
    `Use one of ${METRICS.join(", ")}.`,
  );
}
