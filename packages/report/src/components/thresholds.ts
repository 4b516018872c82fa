import { line, plot, ruleX } from "@observablehq/plot";
import type { ThresholdFigures } from "../reportData.ts";
import { type AtThreshold, atThresholds } from "./atThresholds.ts";
import { element, fill, freshId } from "./dom.ts";
import { number, percent } from "./format.ts";
import { COLOURS, plotFigure } from "./plotFigure.ts";
import { figures, labelChooser, section } from "./section.ts";

/** A slider: what if the model answers only where it is so sure? */
export function thresholdSection(names: readonly string[], data: ThresholdFigures): HTMLElement {
  let points = atThresholds(data, -1);
  const start = data.answers === "each" ? Math.max(0, data.thresholds.indexOf(0.5)) : 0;
  const id = freshId("threshold");
  const slider = element("input", {
    type: "range",
    id,
    min: 0,
    max: data.thresholds.length - 1,
    step: 1,
    value: start,
    oninput: () => show(),
  });
  const output = element("output", { for: id, "aria-live": "polite", class: "bax-output" });
  const table = element("div", { class: "bax-live" });
  const picture = element("div", {});
  const show = (): void => {
    const point = points[Number(slider.value)];
    const sure = percent(point.threshold, point.threshold > 0.99 ? 2 : 1);
    slider.setAttribute("aria-valuetext", sure);
    output.textContent =
      point.threshold === 0
        ? "Every answer counts, however unsure."
        : `Only answers that are at least ${sure} sure count.`;
    fill(
      table,
      figures([
        ["Precision", percent(point.precision), "of the answers are right"],
        ["Recall", percent(point.recall), "of the labels are found"],
        ["F1", percent(point.f1), "both in one number"],
        ["Coverage", percent(point.coverage), "of the texts get an answer"],
        ["Answers", number(point.answers), `${number(point.right)} of them right`],
      ]),
    );
    for (const rule of picture.querySelectorAll<SVGElement>("[data-x0]")) {
      const [x0, x1] = [Number(rule.dataset.x0), Number(rule.dataset.x1)];
      rule.setAttribute("transform", `translate(${(x1 - x0) * point.threshold}, 0)`);
    }
  };
  const draw = (): void =>
    fill(
      picture,
      thresholdPicture(points, () => requestAnimationFrame(show)),
    );
  const choose = (label: number): void => {
    points = atThresholds(data, label);
    draw();
    show();
  };
  draw();
  show();
  const choices = data.labels.map(({ label }) => ({ value: label, text: names[label] ?? "" }));
  return section(
    "thresholds",
    "What if it answers only when it is sure?",
    data.answers === "each"
      ? "A text may have several labels: each label counts that is at least so sure. A higher threshold gives fewer answers, and fewer wrong ones."
      : "With a threshold the model stays silent where it is less sure: fewer answers, and fewer wrong ones. bax calibrate keeps a threshold in the model.",
    element(
      "div",
      { class: "bax-controls" },
      labelChooser("Label", [{ value: -1, text: "all labels" }, ...choices], choose),
      element("div", { class: "bax-control bax-slider" }, element("label", { for: id }, "Threshold"), slider),
    ),
    output,
    table,
    picture,
  );
}

function thresholdPicture(points: readonly AtThreshold[], onDrawn: () => void): HTMLElement {
  // The two ends of the line that moves with the slider are where Plot puts 0 and 1.
  const [first, last] = [points[0], points[points.length - 1]];
  return plotFigure({
    label: "Precision, recall and coverage by threshold",
    summary:
      `Blue, solid: precision, from ${percent(first.precision)} without a threshold. Orange, dashed: recall, ` +
      `from ${percent(first.recall)} down to ${percent(last.recall)} at 100 %. Grey, dotted: coverage. The upright line is the threshold.`,
    height: 260,
    draw: (frame) => {
      const picture = plot({
        ...frame,
        x: { domain: [0, 1], label: "threshold", labelOffset: 40, tickFormat: "%" },
        y: { domain: [0, 1], label: null, tickFormat: "%", grid: true },
        marks: [
          line(points, { x: "threshold", y: "coverage", stroke: COLOURS.quiet, strokeDasharray: "2,3" }),
          line(points, { x: "threshold", y: "recall", stroke: COLOURS.other, strokeDasharray: "7,3", strokeWidth: 2 }),
          line(points, { x: "threshold", y: "precision", stroke: COLOURS.main, strokeWidth: 2 }),
          ruleX([0], { stroke: "currentColor", className: "bax-threshold-rule" }),
        ],
      });
      const scale = picture.scale("x");
      const rule = picture.querySelector<SVGElement>(".bax-threshold-rule, [aria-label=rule]");
      if (rule && scale) {
        rule.dataset.x0 = String(scale.apply(0));
        rule.dataset.x1 = String(scale.apply(1));
      }
      onDrawn();
      return picture;
    },
  });
}
