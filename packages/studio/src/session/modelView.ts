import { type Measured, modelFacts } from "@bax/report";
import type { TextClassifier, TrainingChoices } from "bax";
import type { DecisionView, ModelView } from "./protocol.ts";

/** What is told of a model besides what it says itself. `labels`: names that the numbers of labels in `measured` stand for. */
export interface ModelTold {
  readonly name: string;
  readonly measured: Measured | null;
  readonly notMeasured: string | null;
  readonly labels: readonly string[];
  readonly choices: TrainingChoices;
  readonly decisions: readonly DecisionView[] | null;
}

/** A model as the page shows it. */
export function viewOfModel(
  model: TextClassifier,
  { name, measured, notMeasured, labels, choices, decisions }: ModelTold,
): ModelView {
  const bytes = model.toFile().byteLength;
  return {
    name,
    labels: model.labels,
    shownLabels: labels,
    facts: modelFacts(model, { path: name, bytes }),
    bytes,
    measured,
    notMeasured,
    tested: null,
    curve: model.report?.curve ?? [],
    notes: model.report?.notes ?? [],
    choices,
    decisions,
  };
}
