import { stat } from "node:fs/promises";
import nodePath from "node:path";
import type { Evaluation, MeasuredExample, TextClassifier } from "bax";
import type { Console } from "./console.ts";
import { givenCommand, writeReport } from "./report.ts";

/** What a measurement is of. */
export interface TestReport {
  /** Is told each example. */
  readonly each: (example: MeasuredExample) => void;
  readonly write: (evaluation: Evaluation, console: Console) => Promise<void>;
}

/** Collects the report of `bax test`. `data`: the names of what is measured on. */
export async function testReport(
  file: string,
  model: TextClassifier,
  { path, data, raw }: { path: string; data: readonly string[]; raw: boolean },
): Promise<TestReport> {
  const { calibrationOf, DataCollector, LabelNumbers, MeasuredCollector, modelFacts, TextBudget } = await import(
    "@bax/report"
  );
  const numbers = new LabelNumbers(model.labels);
  const overview = new DataCollector();
  const measured = new MeasuredCollector(numbers, model.labels.length);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const each = ({ gold, answers, probabilities, all, text, weight }: MeasuredExample): void => {
    overview.add(decoder.decode(text), gold);
    measured.add({ gold, first: answers[0], confidence: probabilities[0], all, text, weight });
  };
  const write = async (evaluation: Evaluation, console: Console): Promise<void> => {
    const name = data.join(", ");
    const found = measured.result(
      { name, evaluation, calibration: raw ? undefined : calibrationOf(model), model, notes: [] },
      TextBudget.forMeasured(),
    );
    const described = overview.overview(name, numbers, TextBudget.forOverview());
    const { size } = await stat(path);
    await writeReport(
      file,
      {
        kind: "test",
        title: `${nodePath.basename(path)} on ${data.map((one) => nodePath.basename(one)).join(", ")}`,
        labels: numbers.names,
        data: described,
        measured: found,
        model: modelFacts(model, { path, bytes: size }),
        reproduce: { command: givenCommand(), notes: [] },
        notes: raw ? ["Measured as it is: without its calibration and its thresholds (--raw)."] : [],
      },
      console,
    );
  };
  return { each, write };
}
