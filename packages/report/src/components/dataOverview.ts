import type { DataOverview, LengthFigures } from "../reportData.ts";
import { element, named } from "./dom.ts";
import { number, percent } from "./format.ts";
import { figures, quoted, section } from "./section.ts";
import { sortableTable } from "./sortableTable.ts";

/** What the examples look like. */
export function dataSection(labels: readonly string[], data: DataOverview): HTMLElement {
  const total = data.examples || 1;
  type LabelRow = DataOverview["labels"][number];
  const most = data.labels[0]?.count ?? 1;
  return section(
    "data",
    "The data",
    `What the examples look like: ${data.name}. Few examples of a label, very different lengths or many duplicates explain many a bad figure.`,
    figures([
      ["Examples", number(data.examples)],
      ["Labels", number(data.labels.length + data.moreLabels)],
      ["Empty texts", number(data.empty)],
      ["Duplicates", number(data.duplicates), "the same text as an earlier one"],
    ]),
    lengthTable(data.words, data.characters),
    sortableTable<LabelRow>({
      caption: "Labels of the data",
      columns: [
        {
          head: "Label",
          cell: ({ label }) => named(labels[label] ?? ""),
          key: ({ label }) => labels[label],
          isName: true,
        },
        {
          head: "Examples",
          cell: ({ count }) => number(count),
          key: ({ count }) => count,
          share: ({ count }) => count / most,
        },
        { head: "Share", cell: ({ count }) => percent(count / total), key: ({ count }) => count },
        { head: "Some of its texts", isText: true, cell: (row) => textsOf(row), key: ({ texts }) => texts.length },
      ],
      rows: data.labels,
      sortedBy: { column: 1, descending: true },
      most: 15,
      ...(data.labels.length > 15 && { searched: ({ label }) => labels[label] ?? "" }),
    }),
    data.moreLabels > 0 ? element("p", {}, `${number(data.moreLabels)} rarer labels are not listed.`) : null,
  );
}

function textsOf({ texts }: DataOverview["labels"][number]): HTMLElement | string {
  if (texts.length === 0) return "–";
  return element(
    "details",
    { class: "bax-samples" },
    element("summary", {}, texts.length === 1 ? "1 text" : `${texts.length} texts`),
    ...texts.map((text) => quoted(text)),
  );
}

function lengthTable(words: LengthFigures, characters: LengthFigures): HTMLElement {
  const columns: [string, keyof LengthFigures][] = [
    ["shortest", "least"],
    ["25 %", "quarter"],
    ["half", "median"],
    ["75 %", "threeQuarters"],
    ["95 %", "most95"],
    ["longest", "most"],
    ["mean", "mean"],
  ];
  const line = (name: string, lengths: LengthFigures): HTMLElement =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      ...columns.map(([, key]) => element("td", {}, number(lengths[key]))),
    );
  return element(
    "div",
    { class: "bax-scroll", tabindex: 0, role: "region", "aria-label": "Lengths of the texts" },
    element(
      "table",
      {},
      element("caption", {}, "How long the texts are: such a share is at most so long"),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "in"),
          ...columns.map(([head]) => element("th", { scope: "col" }, head)),
        ),
      ),
      element("tbody", {}, line("words", words), line("characters", characters)),
    ),
  );
}
