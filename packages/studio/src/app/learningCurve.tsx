import { learningCurveSection } from "@bax/report/components";
import type { LearningCurve as Curve } from "bax";
import type { JSX } from "preact";
import { ReportElement } from "./reportElement.tsx";

/** How the model got better, epoch by epoch. */
export function LearningCurve({ curve }: { curve: Curve }): JSX.Element {
  return <ReportElement of={curve} make={() => learningCurveSection(curve)} />;
}
