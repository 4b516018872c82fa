// The report of the model at hand as one HTML file: what `bax train --report` writes. Loaded when it is asked for, with the page's program.
import { DataCollector, LabelNumbers, renderReport, TextBudget } from "@bax/report";
import type { EditedExamples } from "./edits.ts";
import { namesOf } from "./heldOut.ts";
import type { ModelView } from "./protocol.ts";

/** `examples`: what the model learned from, where they are at hand. Of a model that was not trained here its last test is shown. */
export function reportFile(view: ModelView, examples: EditedExamples | undefined, dataName: string): string {
  const { name, notMeasured, curve, facts, notes, tested } = view;
  const shown = view.measured ? view : tested;
  const numbers = new LabelNumbers(shown?.shownLabels ?? view.labels);
  const overview = new DataCollector();
  for (const { text, ...labels } of examples ?? []) overview.add(text, namesOf(labels));
  return renderReport({
    kind: "train",
    title: name,
    date: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    version: facts.version ?? "",
    data: examples ? overview.overview(`what was learned from, ${dataName}`, numbers, TextBudget.forOverview()) : null,
    measured: shown?.measured ?? null,
    notMeasured,
    curve,
    model: facts,
    findings: null,
    explanations: [],
    reproduce: null,
    notes,
    labels: numbers.names,
  });
}
