// The sections of a report, each a function from data to an element: for any page, once it has the styles of `@bax/report`.
export { type AtThreshold, atThresholds } from "./atThresholds.ts";
export { confusionSection } from "./confusion.ts";
export { confusionMatrix, type Matrix, type MatrixCell } from "./confusionMatrix.ts";
export { dataSection } from "./dataOverview.ts";
export { explanationsSection, explanationView, legend } from "./explanation.ts";
export { findingsSection } from "./findings.ts";
export { labelsSection } from "./labels.ts";
export { learningCurveSection } from "./learningCurve.ts";
export { measuredSections } from "./measured.ts";
export { mistakesSection } from "./mistakes.ts";
export { modelSection } from "./model.ts";
export { reportPage } from "./page.ts";
export { type PlotFigure, plotFigure } from "./plotFigure.ts";
export { curvesSection } from "./rankingCurves.ts";
export { reliabilitySection } from "./reliability.ts";
export { type Column, type SortableTable, sortableTable } from "./sortableTable.ts";
export { measuredFigures, summaryHeader } from "./summary.ts";
export { thresholdSection } from "./thresholds.ts";
