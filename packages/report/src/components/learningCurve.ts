import { dot, line, plot } from "@observablehq/plot";
import type { LearningCurve } from "bax";
import { element } from "./dom.ts";
import { percent } from "./format.ts";
import { COLOURS, plotFigure } from "./plotFigure.ts";
import { section } from "./section.ts";
import { sortableTable } from "./sortableTable.ts";

/** How the model got better, pass by pass over the data. */
export function learningCurveSection(curve: LearningCurve): HTMLElement {
  const last = curve[curve.length - 1];
  const accuracies = curve.map(({ accuracy }) => accuracy);
  const [low, high] = [Math.min(...accuracies), Math.max(...accuracies)];
  const losses = curve.flatMap(({ loss, logLoss }) => [loss, logLoss ?? loss]);
  return section(
    "learning",
    "How it learned",
    "An epoch is one pass over the part that is learned from. After each, the held-out part is answered. Where the held-out line turns for the worse, the model only learns by heart.",
    element(
      "div",
      { class: "bax-columns" },
      plotFigure({
        label: "Accuracy on the held-out part by epoch",
        summary: `Accuracy on the held-out part: ${percent(last.accuracy)} after ${last.epoch} epochs, ${percent(high)} at best.`,
        height: 260,
        width: 460,
        draw: (frame) =>
          plot({
            ...frame,
            x: { label: "epoch", labelOffset: 40, ticks: Math.min(curve.length, 8), tickFormat: "d" },
            y: {
              label: "accuracy",
              domain: [Math.max(0, low - 0.05 * (high - low + 0.01)), Math.min(1, high + 0.02)],
              tickFormat: "%",
              ticks: 5,
              grid: true,
            },
            marks: [
              line(curve, { x: "epoch", y: "accuracy", stroke: COLOURS.main, strokeWidth: 2 }),
              dot(curve, {
                x: "epoch",
                y: "accuracy",
                fill: COLOURS.main,
                title: (step: LearningCurve[number]) => `epoch ${step.epoch}: ${percent(step.accuracy)}`,
              }),
            ],
          }),
      }),
      plotFigure({
        label: "Loss by epoch, on what is learned from and on the held-out part",
        summary: `Loss, less is better. Blue, solid: what is learned from, ${last.loss.toFixed(3)} at the end. Orange, dashed: held out, ${last.logLoss?.toFixed(3) ?? "not measured"}.`,
        height: 260,
        width: 460,
        draw: (frame) =>
          plot({
            ...frame,
            x: { label: "epoch", labelOffset: 40, ticks: Math.min(curve.length, 8), tickFormat: "d" },
            y: { label: "loss", domain: [0, Math.max(...losses)], ticks: 5, grid: true },
            marks: [
              line(curve, { x: "epoch", y: "logLoss", stroke: COLOURS.other, strokeDasharray: "7,3", strokeWidth: 2 }),
              line(curve, { x: "epoch", y: "loss", stroke: COLOURS.main, strokeWidth: 2 }),
            ],
          }),
      }),
    ),
    element(
      "details",
      { class: "bax-details" },
      element("summary", {}, "The epochs as a table"),
      sortableTable<LearningCurve[number]>({
        caption: "Epochs",
        columns: [
          { head: "Epoch", cell: ({ epoch }) => String(epoch), key: ({ epoch }) => epoch, isName: true },
          { head: "Accuracy, held out", cell: ({ accuracy }) => percent(accuracy, 2), key: ({ accuracy }) => accuracy },
          { head: "Loss, learned", cell: ({ loss }) => loss.toFixed(4), key: ({ loss }) => loss },
          { head: "Loss, held out", cell: ({ logLoss }) => logLoss?.toFixed(4) ?? "–", key: ({ logLoss }) => logLoss },
        ],
        rows: curve,
      }),
    ),
  );
}
