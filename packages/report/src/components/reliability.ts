import { areaY, dot, line, plot, text } from "@observablehq/plot";
import type { CalibrationBin } from "bax";
import type { Measured } from "../reportData.ts";
import { element } from "./dom.ts";
import { number, percent } from "./format.ts";
import { COLOURS, type PlotFrame, plotFigure } from "./plotFigure.ts";
import { section } from "./section.ts";
import { sortableTable } from "./sortableTable.ts";

/** Whether the model is right as often as it says. */
export function reliabilitySection({ evaluation, uncalibrated }: Measured): HTMLElement {
  const bins = evaluation.reliability ?? [];
  const tooSure = bins.filter(({ accuracy, confidence }) => accuracy < confidence).length;
  const before = uncalibrated
    ? ` Orange, hollow: before calibration, off by ${percent(uncalibrated.ece)} on average.`
    : "";
  return section(
    "reliability",
    "Does it know how sure to be?",
    "Answers are put into groups of equal size by confidence. Where a dot lies on the dashed line, the model is right as often as it says; below it is too sure, above too shy.",
    plotFigure({
      label: "Reliability diagram: share of right answers by stated confidence",
      summary: `Blue, filled: off by ${percent(evaluation.ece)} on average; too sure in ${tooSure} of ${bins.length} groups.${before}`,
      height: 380,
      width: 480,
      draw: (frame) => picture(frame, bins, uncalibrated?.reliability ?? []),
    }),
    element(
      "details",
      { class: "bax-details" },
      element("summary", {}, "The groups as a table"),
      sortableTable<CalibrationBin>({
        caption: "Groups of answers by confidence",
        columns: [
          { head: "Confidence", cell: (bin) => percent(bin.confidence), key: (bin) => bin.confidence, isName: true },
          { head: "Right", cell: (bin) => percent(bin.accuracy), key: (bin) => bin.accuracy },
          { head: "Answers", cell: (bin) => number(bin.count), key: (bin) => bin.count },
        ],
        rows: bins,
      }),
    ),
  );
}

function picture(
  frame: PlotFrame,
  bins: readonly CalibrationBin[],
  before: readonly CalibrationBin[],
): SVGSVGElement | HTMLElement {
  // A good model has all its dots in the upper corner: then that corner is the picture.
  const least = Math.min(1, ...[...bins, ...before].flatMap(({ confidence, accuracy }) => [confidence, accuracy]));
  const begin = least < 0.5 ? 0 : Math.min(0.9, Math.floor(least * 10) / 10);
  const at = (share: number): number => begin + share * (1 - begin);
  const ends = [
    { at: begin, low: begin },
    { at: 1, low: 1 },
  ];
  return plot({
    ...frame,
    x: { domain: [begin, 1], label: "confidence", labelOffset: 40, tickFormat: "%", grid: true, ticks: 5 },
    y: { domain: [begin, 1], label: "right", tickFormat: "%", grid: true, ticks: 5 },
    r: { range: [0, 6] },
    marks: [
      areaY(ends, { x: "at", y1: begin, y2: "low", fill: COLOURS.quiet, fillOpacity: 0.08 }),
      line(ends, { x: "at", y: "low", stroke: COLOURS.quiet, strokeDasharray: "5,4" }),
      line(before, { x: "confidence", y: "accuracy", stroke: COLOURS.other, strokeDasharray: "2,3" }),
      dot(before, { x: "confidence", y: "accuracy", stroke: COLOURS.other, strokeWidth: 1.5, r: 4 }),
      line(bins, { x: "confidence", y: "accuracy", stroke: COLOURS.main }),
      dot(bins, {
        x: "confidence",
        y: "accuracy",
        fill: COLOURS.main,
        r: "count",
        title: (bin: CalibrationBin) =>
          `${number(bin.count)} answers, ${percent(bin.confidence)} sure, ${percent(bin.accuracy)} right`,
      }),
      text([[at(0.98), at(0.06)]], { text: ["too sure"], textAnchor: "end", fill: COLOURS.quiet }),
      text([[at(0.02), at(0.94)]], { text: ["too shy"], textAnchor: "start", fill: COLOURS.quiet }),
    ],
  });
}
