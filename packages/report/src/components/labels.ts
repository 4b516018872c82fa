import type { Evaluation, LabelMetrics } from "bax";
import { named } from "./dom.ts";
import { number, percent } from "./format.ts";
import { section } from "./section.ts";
import { type Column, sortableTable } from "./sortableTable.ts";

/** From so many labels on the table can be searched. */
const SEARCH_FROM = 15;

function share(
  head: string,
  meaning: string,
  of: (row: LabelMetrics) => number | null,
  withBar: boolean = false,
): Column<LabelMetrics> {
  return { head, meaning, cell: (row) => percent(of(row)), key: of, ...(withBar && { share: of }) };
}

/** How well each label is found. */
export function labelsSection({ perLabel, unknownLabels, multiLabel, k }: Evaluation): HTMLElement {
  const unknown = unknownLabels.reduce((sum, { count }) => sum + count, 0);
  const explanation =
    "Precision: when the model says the label, how often that is right. Recall: of all texts with the label, how many it finds. " +
    "F1 is low if either is. The heads sort." +
    (multiLabel === null
      ? ""
      : ` Texts here may have several labels, and ${k === 1 ? "only the first answer" : `the first ${k} answers`} to each counts in this table.`);
  return section(
    "labels",
    "Label by label",
    unknown === 0
      ? explanation
      : `${explanation} Labels that the model has never seen count as missed: ${unknownLabels
          .slice(0, 5)
          .map(({ label, count }) => `${label} (${number(count)})`)
          .join(", ")}${unknownLabels.length > 5 ? " and more" : ""}.`,
    sortableTable<LabelMetrics>({
      caption: "Figures of the labels",
      columns: [
        { head: "Label", cell: ({ label }) => named(label), key: ({ label }) => label, isName: true },
        share("F1", "Precision and recall in one number", ({ f1 }) => f1, true),
        share("Precision", "Right among those answered with the label", ({ precision }) => precision),
        share("Recall", "Found among those that have the label", ({ recall }) => recall),
        share("AP", "Average precision over all thresholds", ({ averagePrecision }) => averagePrecision),
        share(
          "AUC",
          "How often a text with the label gets a higher probability of it than one without",
          ({ rocAuc }) => rocAuc,
        ),
        {
          head: "Texts",
          meaning: "Examples that have the label",
          cell: ({ support }) => number(support),
          key: ({ support }) => support,
        },
        {
          head: "Answered",
          meaning: "Examples answered with the label",
          cell: ({ predicted }) => number(predicted),
          key: ({ predicted }) => predicted,
        },
      ],
      rows: perLabel,
      sortedBy: { column: 1, descending: false },
      most: 25,
      ...(perLabel.length >= SEARCH_FROM && { searched: ({ label }) => label }),
    }),
  );
}
