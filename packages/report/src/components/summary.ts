import type { Measured, ReportData } from "../reportData.ts";
import { type Child, element, named } from "./dom.ts";
import { count, fileSize, number, percent } from "./format.ts";
import { figures, remarks } from "./section.ts";

const KINDS: Readonly<Record<ReportData["kind"], string>> = {
  train: "Report of a training",
  test: "Report of a test",
  audit: "Report of an audit",
  explain: "Explanation",
};

/** Title, the main figures in plain words, and what a reader should know first. */
export function summaryHeader(data: ReportData): HTMLElement {
  return element(
    "header",
    { class: "bax-header" },
    element("p", { class: "bax-kind" }, KINDS[data.kind]),
    element("h1", { dir: "auto" }, data.title),
    element("p", { class: "bax-made" }, `${data.date}, by bax ${data.version}`),
    mainFigures(data),
    data.measured === null && data.notMeasured !== null ? element("p", { class: "bax-note" }, data.notMeasured) : null,
    remarks(data.notes),
  );
}

/** The main figures of what was measured, in plain words. */
export function measuredFigures(measured: Measured): HTMLElement {
  return figures(entriesOf(measured));
}

/** Name, value and meaning of a figure. */
type Entry = [string, Child, string?];

function entriesOf({ name, evaluation }: Measured): Entry[] {
  const [low, high] = evaluation.intervals.accuracy;
  const entries: Entry[] = [
    [
      "Accuracy",
      percent(evaluation.accuracy),
      `of first answers are right; 95 % interval ${percent(low)} to ${percent(high)}`,
    ],
    ["Macro F1", percent(evaluation.macroF1), "finds and is right, every label as heavy as any other"],
    ["Calibration error", percent(evaluation.ece), "how far stated confidence is from the truth, on average"],
  ];
  if (evaluation.multiLabel)
    entries.push(["Micro F1", percent(evaluation.multiLabel.micro.f1), "over all decisions, label by label"]);
  if (evaluation.answered) {
    const { share, accuracy } = evaluation.answered;
    entries.push([
      "Answered",
      percent(share),
      `by the model's own thresholds; ${percent(accuracy)} of these are right`,
    ]);
  }
  entries.push(["Examples", number(evaluation.examples), `measured on ${name}`]);
  return entries;
}

function mainFigures({ measured, data, model, findings }: ReportData): HTMLElement | null {
  const entries: Entry[] = [];
  if (measured) entries.push(...entriesOf(measured));
  else if (data) entries.push(["Examples", number(data.examples), data.name]);
  if (findings) for (const kind of findings.kinds) entries.push([kind.name, number(kind.count), kind.meaning]);
  if (model)
    entries.push([
      "Model",
      model.bytes === null ? count(model.features, "feature") : fileSize(model.bytes),
      `${count(model.labels, "label")}${model.examples === null ? "" : `, learned from ${count(model.examples, "example")}`}`,
    ]);
  return entries.length === 0 ? null : figures(entries);
}

/** Names of labels as one line. */
export function labelLine(labels: readonly string[], numbers: readonly number[]): HTMLElement {
  return element(
    "span",
    {},
    ...numbers.flatMap((label, i): Child[] => [i === 0 ? null : ", ", named(labels[label] ?? "")]),
  );
}
