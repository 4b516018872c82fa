import type { Measured } from "../reportData.ts";
import { confusionSection } from "./confusion.ts";
import { labelsSection } from "./labels.ts";
import { mistakesSection } from "./mistakes.ts";
import { curvesSection } from "./rankingCurves.ts";
import { reliabilitySection } from "./reliability.ts";
import { remarks } from "./section.ts";
import { thresholdSection } from "./thresholds.ts";

/** All that is shown of a measurement but its main figures. `labels`: names that its numbers of labels stand for. */
export function measuredSections(labels: readonly string[], measured: Measured): HTMLElement[] {
  const { evaluation, cells, mistakes, thresholds, curves, explained, notes } = measured;
  const first = labelsSection(evaluation);
  const said = remarks(notes);
  if (said) first.append(said);
  const sections = [first, confusionSection(labels, cells)];
  if (thresholds) sections.push(mistakesSection(labels, mistakes, explained), thresholdSection(labels, thresholds));
  if (evaluation.reliability) sections.push(reliabilitySection(measured));
  if (curves && curves.length > 0) sections.push(curvesSection(labels, curves));
  return sections;
}
