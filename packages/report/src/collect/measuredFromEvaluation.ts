import type { Evaluation } from "bax";
import type { Measured } from "../reportData.ts";
import type { LabelNumbers } from "./labelNumbers.ts";

/** What a report can show where nothing is left of single answers: the figures and the matrix, no texts and no curves. */
export function measuredFromEvaluation(
  name: string,
  evaluation: Evaluation,
  numbers: LabelNumbers,
  notes: readonly string[],
): Measured {
  const cells = (evaluation.confusionMatrix ?? evaluation.confusions).map(({ gold, predicted, count }) => ({
    gold: numbers.of(gold),
    predicted: numbers.of(predicted),
    count,
    texts: [],
  }));
  const isRight = (cell: (typeof cells)[number]): number => Number(cell.gold === cell.predicted);
  cells.sort((a, b) => isRight(a) - isRight(b) || b.count - a.count || a.gold - b.gold || a.predicted - b.predicted);
  return {
    name,
    evaluation,
    uncalibrated: null,
    cells,
    curves: null,
    thresholds: null,
    explained: null,
    mistakes: [],
    notes,
  };
}
