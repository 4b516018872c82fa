import {
  confusionSection,
  curvesSection,
  labelsSection,
  mistakesSection,
  reliabilitySection,
  thresholdSection,
} from "@bax/report/components";
import type { JSX } from "preact";
import type { ModelView } from "../session/protocol.ts";
import { NothingYet } from "./nothingYet.tsx";
import { ReportElement } from "./reportElement.tsx";
import { model } from "./state.ts";

/** The figures and pictures of the report, for the model at hand. */
export function EvaluateTab(): JSX.Element {
  const view = model.value;
  if (!view)
    return (
      <NothingYet title="Evaluate" way="train" wayName="To the training">
        There is no model yet.
      </NothingYet>
    );
  if (!view.measured)
    return (
      <section class="bax-section">
        <h2>Evaluate</h2>
        <p class="bax-note">{view.notMeasured}</p>
      </section>
    );
  return <ReportElement of={view} make={() => sectionsOf(view)} />;
}

function sectionsOf({ measured, shownLabels }: ModelView): HTMLElement {
  const all = document.createElement("div");
  if (!measured) return all;
  const { evaluation, cells, thresholds, mistakes, explained, curves } = measured;
  all.append(labelsSection(evaluation), confusionSection(shownLabels, cells));
  if (thresholds)
    all.append(mistakesSection(shownLabels, mistakes, explained), thresholdSection(shownLabels, thresholds));
  if (evaluation.reliability) all.append(reliabilitySection(measured));
  if (curves && curves.length > 0) all.append(curvesSection(shownLabels, curves));
  return all;
}
