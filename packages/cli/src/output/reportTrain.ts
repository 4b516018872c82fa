import path from "node:path";
import type { GivenExample, LabelNumbers, Measured, TextBudget } from "@bax/report";
import {
  type Example,
  type Examples,
  type LineBlock,
  labelledTexts,
  type TextClassifier,
  type TrainingReport,
} from "bax";
import type { Console } from "./console.ts";
import { givenCommand, writeReport } from "./report.ts";

/** What the report of a training needs to know in the end. */
export interface Finished {
  readonly model: TextClassifier;
  readonly report: TrainingReport;
  readonly saved: { path: string; bytes: number };
  readonly data: readonly string[];
  /** The file that was measured on, where there is one, and its examples once more if they can be had. */
  readonly validation: { readonly name: string; readonly examples: Examples | undefined } | undefined;
  readonly console: Console;
}

/** Collects the report of `bax train` while the examples pass. */
export interface TrainReport {
  readonly watch: (examples: AsyncIterable<Example | LineBlock>) => AsyncGenerator<Example | LineBlock>;
  readonly write: (finished: Finished) => Promise<void>;
}

/** The report of a training that is about to begin. */
export async function trainReport(file: string): Promise<TrainReport> {
  const { DataCollector, LabelNumbers, modelFacts, TextBudget, TextStore } = await import("@bax/report");
  const overview = new DataCollector();
  const texts = new TextStore();
  const numbers = new LabelNumbers([]);
  /** Labels of each example that was given, by their numbers. */
  const labels: (readonly number[])[] = [];
  /** Of the examples that have one. */
  const weights = new Map<number, number>();

  async function* watch(examples: AsyncIterable<Example | LineBlock>): AsyncGenerator<Example | LineBlock> {
    for await (const item of examples) {
      for (const { text, labels: names } of labelledTexts(item, labels.length + 1)) {
        if ("weight" in item && item.weight !== undefined) weights.set(labels.length, item.weight);
        labels.push(names.map((name) => numbers.of(name)));
        texts.add(text);
        if (names.length > 0) overview.add(text, names);
      }
      yield item;
    }
  }

  const write = async (finished: Finished): Promise<void> => {
    const { model, report, saved, data, validation, console } = finished;
    const shown = new LabelNumbers(model.labels);
    const budget = TextBudget.forMeasured();
    const given = (number: number): GivenExample => ({
      text: texts.get(number),
      labels: (labels[number] ?? []).map((label) => numbers.names[label]),
      weight: weights.get(number) ?? 1,
    });
    const measured = validation
      ? await measuredOnFile(finished, shown, budget)
      : await measuredHeldOut(finished, given, shown, budget);
    const described = overview.overview(
      `what was given to learn from, ${data.join(", ")}`,
      shown,
      TextBudget.forOverview(),
    );
    await writeReport(
      file,
      {
        kind: "train",
        title: path.basename(saved.path),
        labels: shown.names,
        data: described,
        measured,
        notMeasured: measured ? null : whyNotMeasured(report),
        curve: report.curve,
        model: modelFacts(model, saved),
        reproduce: { command: givenCommand(), notes: [`Fingerprint of the data: ${report.fingerprint}`] },
        notes: report.notes,
      },
      console,
    );
  };
  return { watch, write };
}

function whyNotMeasured({ interrupted }: TrainingReport): string {
  return interrupted
    ? "The training was stopped before it could be measured: bax test measures the model on other data."
    : "Nothing was held out, so that nothing could be measured: bax test --report measures the model on other data.";
}

async function measuredOnFile(
  { model, report, validation }: Finished,
  numbers: LabelNumbers,
  budget: TextBudget,
): Promise<Measured | null> {
  const { calibrationOf, MeasuredCollector, measuredFromEvaluation } = await import("@bax/report");
  if (!report.valid || !validation) return null;
  if (!validation.examples)
    return measuredFromEvaluation(validation.name, report.valid, numbers, [
      "The data could be read only once: there are figures, and no texts.",
    ]);
  const collector = new MeasuredCollector(numbers, model.labels.length);
  const evaluation = await model.evaluateAsync(validation.examples, {
    each: ({ gold, answers, probabilities, all, text, weight }) =>
      collector.add({ gold, first: answers[0], confidence: probabilities[0], all, text, weight }),
  });
  const facts = { name: validation.name, evaluation, calibration: calibrationOf(model), model, notes: [] };
  return collector.result(facts, budget);
}

async function measuredHeldOut(
  { model, report }: Finished,
  given: (number: number) => GivenExample,
  numbers: LabelNumbers,
  budget: TextBudget,
): Promise<Measured | null> {
  const { calibrationOf, HELD_OUT_REMARKS, heldOutAnswers, MeasuredCollector, measuredFromEvaluation } = await import(
    "@bax/report"
  );
  const { heldOut, valid: evaluation } = report;
  const name = "a part of the data that was held out";
  if (!evaluation) return null;
  if (!heldOut)
    return measuredFromEvaluation(name, evaluation, numbers, [
      "The answers to single texts were not kept, since the data were too many for the memory or the run went on from a checkpoint: there are figures, and no texts.",
    ]);
  const collector = new MeasuredCollector(numbers, model.labels.length);
  for (const answered of heldOutAnswers(heldOut, given, model.labels)) collector.add(answered);
  return collector.result(
    {
      name,
      evaluation,
      calibration: calibrationOf(model),
      model,
      explained: HELD_OUT_REMARKS.explained,
      notes: model.calibration ? [HELD_OUT_REMARKS.calibrated] : [],
    },
    budget,
  );
}
