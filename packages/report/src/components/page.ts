import type { ReportData } from "../reportData.ts";
import { dataSection } from "./dataOverview.ts";
import { type Child, element } from "./dom.ts";
import { explanationsSection } from "./explanation.ts";
import { findingsSection } from "./findings.ts";
import { learningCurveSection } from "./learningCurve.ts";
import { measuredSections } from "./measured.ts";
import { modelSection } from "./model.ts";
import { summaryHeader } from "./summary.ts";

/** A whole report: its header, the way to its sections, and these. */
export function reportPage(data: ReportData): HTMLElement {
  const sections = sectionsOf(data);
  const links = sections.map((one) =>
    element("li", {}, element("a", { href: `#${one.id}` }, one.querySelector("h2")?.textContent ?? one.id)),
  );
  return element(
    "div",
    { class: "bax-report bax-page" },
    element("a", { class: "bax-skip", href: "#bax-main" }, "Skip to the content"),
    summaryHeader(data),
    sections.length > 1
      ? element("nav", { class: "bax-nav", "aria-label": "Sections" }, element("ul", {}, ...links))
      : null,
    element("main", { id: "bax-main", tabindex: -1 }, ...sections),
    element("footer", { class: "bax-footer" }, footer(data)),
  );
}

function sectionsOf(data: ReportData): HTMLElement[] {
  const { labels, measured, findings, explanations, curve, model, reproduce } = data;
  const sections: HTMLElement[] = [];
  if (findings) sections.push(findingsSection(findings));
  if (explanations.length > 0) sections.push(explanationsSection(explanations));
  if (measured) sections.push(...measuredSections(labels, measured));
  if (curve.length > 0) sections.push(learningCurveSection(curve));
  if (data.data) sections.push(dataSection(labels, data.data));
  if (model || reproduce) sections.push(modelSection(model, reproduce));
  return sections;
}

function footer({ kind }: ReportData): Child {
  return kind === "explain"
    ? "This file holds the text above. It loads nothing, and sends nothing."
    : "This file holds texts of the data: share it as you would share them. It loads nothing, and sends nothing.";
}
