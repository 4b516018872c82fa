// What a model says of how it was trained.
import type { ModelDescription } from "./formats/index.ts";
import type { TrainingReport } from "./training/index.ts";
import { VERSION } from "./version.ts";

/**
 * What of a training run is written into the model: enough to repeat it and to know that it is the same, and nothing that depends on the
 * clock, on the number of threads, or on what the data's files are called: the same data give the same bytes, wherever they are.
 */
export function recordOf(
  report: Pick<TrainingReport, "options" | "choices" | "given" | "valid" | "examples" | "fingerprint">,
): ModelDescription {
  const { threads: _, neg, memory, ...options } = report.options;
  const { memory: __, ...choices } = report.choices;
  const { valid } = report;
  return {
    options: { ...options, ...(options.loss === "ns" && { neg }), ...(memory > 0 && { memory }) },
    training: {
      version: VERSION,
      ...(report.given.length > 0 && { given: report.given }),
      choices: { ...choices, ...(memory > 0 && { memory }) },
      examples: report.examples,
      fingerprint: report.fingerprint,
      ...(valid && {
        valid: {
          examples: valid.examples,
          accuracy: valid.accuracy,
          interval: valid.intervals.accuracy,
          macroF1: valid.macroF1,
          microF1: valid.microF1,
          logLoss: valid.logLoss,
          ece: valid.ece,
        },
      }),
    },
  };
}
