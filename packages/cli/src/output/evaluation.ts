import { didYouMean } from "@bax/tables";
import type { Evaluation, LabelMetrics, MultiLabelMetrics } from "bax";
import { count, percent, percentRange } from "./numbers.ts";
import { type ColumnHead, formatTable } from "./table.ts";

/** All labels are listed up to here; beyond it the worst. */
const ALL_LABELS = 30;
const WORST_LABELS = 15;
const CONFUSIONS = 10;
const UNKNOWN = 5;
const RANKED: readonly ColumnHead[] = [
  { head: "AP", align: "right" },
  { head: "AUC", align: "right" },
];

/** What `bax test` prints for a reader. `labels`: the model's, for nearest names. */
export function formatEvaluation(evaluation: Evaluation, labels: readonly string[]): string {
  const parts = [
    figures(evaluation),
    decisions(evaluation.multiLabel),
    labelTable(evaluation),
    confusionTable(evaluation),
    unknown(evaluation, labels),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function figures(e: Evaluation): string {
  const rows = [
    ["accuracy", percent(e.accuracy), `95 %: ${percentRange(e.intervals.accuracy)}`],
    ...(e.k > 1 || e.precisionAtK !== e.recallAtK
      ? [
          [`precision at ${e.k}`, percent(e.precisionAtK), `95 %: ${percentRange(e.intervals.precisionAtK)}`],
          [`recall at ${e.k}`, percent(e.recallAtK), `95 %: ${percentRange(e.intervals.recallAtK)}`],
        ]
      : []),
    ...(e.answered === null
      ? []
      : [
          ["answered", percent(e.answered.share), "by the model's own thresholds"],
          ["accuracy of these", percent(e.answered.accuracy), `95 %: ${percentRange(e.answered.interval)}`],
        ]),
    ["micro F1", percent(e.microF1), ""],
    ["macro F1", percent(e.macroF1), "mean over labels"],
    ["weighted F1", percent(e.weightedF1), "each label as heavy as it is frequent"],
    ...(e.macroAveragePrecision === null
      ? []
      : [["average precision", percent(e.macroAveragePrecision), "mean over labels"]]),
    ...(e.macroRocAuc === null ? [] : [["ROC AUC", percent(e.macroRocAuc), "mean over labels"]]),
    ["log loss", e.logLoss === null ? "–" : e.logLoss.toFixed(4), "nats an example"],
    ...(e.brier === null ? [] : [["Brier score", e.brier.toFixed(4), brierRange(e)]]),
    ["calibration", percent(e.ece), "how far probabilities are from the truth, on average"],
  ];
  const head = `${count(e.examples, "example")}, ${count(e.labels, "label")}, ${Math.round(e.examplesPerSecond).toLocaleString("en-GB")} examples/s`;
  return formatTable([{ head }, { head: "", align: "right" }, { head: "" }], rows, 60);
}

function brierRange({ multiLabel }: Evaluation): string {
  return multiLabel ? "squared error of a label, 0 to 1" : "squared error of an example, 0 to 2";
}

/** What comes out when each label is decided by itself. */
function decisions(m: MultiLabelMetrics | null): string {
  if (m === null) return "";
  const averages = (["micro", "macro", "weighted", "samples"] as const).map((name) => [
    name,
    percent(m[name].precision),
    percent(m[name].recall),
    percent(m[name].f1),
  ]);
  const figures = [
    ["all labels right", percent(m.subsetAccuracy)],
    ["wrong decisions", percent(m.hammingLoss)],
    ...(m.labelRankingAveragePrecision === null
      ? []
      : [["ranking precision", percent(m.labelRankingAveragePrecision)]]),
    ...(m.coverageError === null ? [] : [["coverage error", m.coverageError.toFixed(2)]]),
    ...(m.rankingLoss === null ? [] : [["ranking loss", percent(m.rankingLoss)]]),
  ];
  const perExample = `${m.decisionsPerExample.toFixed(2)} an example, truly ${m.labelsPerExample.toFixed(2)}`;
  return [
    `labels from 50 % on: ${perExample}\n`,
    formatTable([{ head: "" }, { head: "", align: "right" }], figures).replace(/^\n/, ""),
    formatTable(
      [
        { head: "over labels" },
        { head: "precision", align: "right" },
        { head: "recall", align: "right" },
        { head: "F1", align: "right" },
      ],
      averages,
    ),
  ].join("");
}

function labelTable({ perLabel }: Evaluation): string {
  const shown = perLabel.length <= ALL_LABELS ? [...perLabel] : worst(perLabel);
  if (shown.length === 0) return "";
  const isRanked = shown.some((row) => row.averagePrecision !== null);
  const head = shown.length === perLabel.length ? "label" : `label (the ${shown.length} worst of ${perLabel.length})`;
  return formatTable(
    [
      { head },
      { head: "precision", align: "right" },
      { head: "recall", align: "right" },
      { head: "F1", align: "right" },
      ...(isRanked ? RANKED : []),
      { head: "examples", align: "right" },
    ],
    shown.map((row) => [
      ...[row.label, percent(row.precision), percent(row.recall), percent(row.f1)],
      ...(isRanked ? [share(row.averagePrecision), share(row.rocAuc)] : []),
      String(row.support),
    ]),
  );
}

function share(value: number | null): string {
  return value === null ? "–" : percent(value);
}

function worst(perLabel: readonly LabelMetrics[]): LabelMetrics[] {
  return [...perLabel].sort((a, b) => a.f1 - b.f1 || b.support - a.support).slice(0, WORST_LABELS);
}

function confusionTable({ confusions }: Evaluation): string {
  if (confusions.length === 0) return "";
  return formatTable(
    [{ head: "truth" }, { head: "answered as" }, { head: "times", align: "right" }],
    confusions.slice(0, CONFUSIONS).map(({ gold, predicted, count }) => [gold, predicted, String(count)]),
  );
}

function unknown({ unknownLabels }: Evaluation, labels: readonly string[]): string {
  if (unknownLabels.length === 0) return "";
  const shown = unknownLabels
    .slice(0, UNKNOWN)
    .map(({ label, count }) => `"${label}" (${count})${didYouMean(label, labels)}`);
  const more = unknownLabels.length > UNKNOWN ? `, and ${unknownLabels.length - UNKNOWN} more` : "";
  return `labels that the model has never seen: ${shown.join(", ")}${more}\n`;
}
