import { dot, line, plot } from "@observablehq/plot";
import type { RankingCurve } from "../reportData.ts";
import { element, fill } from "./dom.ts";
import { number, percent } from "./format.ts";
import { COLOURS, plotFigure } from "./plotFigure.ts";
import { labelChooser, section } from "./section.ts";

/** A point of both curves. */
interface Point {
  readonly threshold: number;
  readonly recall: number;
  readonly precision: number;
  readonly falseAlarms: number;
}

/** Precision by recall, and recall by false alarms, of one label or of all pairs. */
export function curvesSection(names: readonly string[], curves: readonly RankingCurve[]): HTMLElement {
  const place = element("div", { class: "bax-columns" });
  const nameOf = ({ label }: RankingCurve): string => (label < 0 ? "all labels" : (names[label] ?? ""));
  const show = (label: number): void => {
    const curve = curves.find((one) => one.label === label) ?? curves[0];
    if (curve) fill(place, precisionPicture(nameOf(curve), curve), rocPicture(nameOf(curve), curve));
  };
  show(-1);
  return section(
    "curves",
    "Every threshold at once",
    "Left: how precise the answers still are when more of a label is to be found. Right: how many false alarms that costs. Good curves run into the upper corner. Probabilities of all labels count here, not first answers alone.",
    element(
      "div",
      { class: "bax-controls" },
      labelChooser(
        "Label",
        curves.map((curve) => ({ value: curve.label, text: nameOf(curve) })),
        show,
      ),
    ),
    place,
  );
}

function pointsOf({ thresholds, found, wrong, positives, negatives }: RankingCurve): Point[] {
  return thresholds.map((threshold, i) => ({
    threshold,
    recall: positives > 0 ? found[i] / positives : 0,
    precision: found[i] + wrong[i] > 0 ? found[i] / (found[i] + wrong[i]) : 1,
    falseAlarms: negatives > 0 ? wrong[i] / negatives : 0,
  }));
}

const titleOf = (point: Point): string =>
  `from ${percent(point.threshold)} on: precision ${percent(point.precision)}, recall ${percent(point.recall)}, false alarms ${percent(point.falseAlarms, 2)}`;

function precisionPicture(name: string, curve: RankingCurve): HTMLElement {
  const points = pointsOf(curve);
  const base = curve.positives / (curve.positives + curve.negatives || 1);
  return plotFigure({
    label: `Precision by recall of ${name}`,
    summary: `Precision and recall of ${name}: average precision ${percent(curve.averagePrecision)}. Guessing would be ${percent(base)}, the dashed line.`,
    height: 320,
    width: 460,
    draw: (frame) =>
      plot({
        ...frame,
        x: { domain: [0, 1], label: "recall", labelOffset: 40, tickFormat: "%", ticks: 5, grid: true },
        y: { domain: [0, 1], label: "precision", tickFormat: "%", ticks: 5, grid: true },
        marks: [
          line(
            [
              [0, base],
              [1, base],
            ],
            { stroke: COLOURS.quiet, strokeDasharray: "5,4" },
          ),
          line(points, { x: "recall", y: "precision", stroke: COLOURS.main, strokeWidth: 2 }),
          dot(points, { x: "recall", y: "precision", r: 5, fill: COLOURS.main, fillOpacity: 0, title: titleOf }),
        ],
      }),
  });
}

function rocPicture(name: string, curve: RankingCurve): HTMLElement {
  const points = [{ threshold: 1, recall: 0, precision: 1, falseAlarms: 0 }, ...pointsOf(curve)];
  return plotFigure({
    label: `ROC curve of ${name}: recall by false alarms`,
    summary: `ROC curve of ${name}: the area under it is ${percent(curve.rocAuc)}, guessing is 50 %. ${number(curve.positives)} ${curve.label < 0 ? "pairs of a text and a label belong together" : "texts have the label"}, ${number(curve.negatives)} do not.`,
    height: 320,
    width: 460,
    draw: (frame) =>
      plot({
        ...frame,
        x: { domain: [0, 1], label: "false alarms", labelOffset: 40, tickFormat: "%", ticks: 5, grid: true },
        y: { domain: [0, 1], label: "recall", tickFormat: "%", ticks: 5, grid: true },
        marks: [
          line(
            [
              [0, 0],
              [1, 1],
            ],
            { stroke: COLOURS.quiet, strokeDasharray: "5,4" },
          ),
          // Only where something is found does it rise: between its points it is drawn no better than it is.
          line(points, { x: "falseAlarms", y: "recall", curve: "step-after", stroke: COLOURS.main, strokeWidth: 2 }),
          dot(points, { x: "falseAlarms", y: "recall", r: 5, fill: COLOURS.main, fillOpacity: 0, title: titleOf }),
        ],
      }),
  });
}
