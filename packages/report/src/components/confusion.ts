import type { ConfusionCell } from "../reportData.ts";
import { confusionMatrix, type MatrixCell } from "./confusionMatrix.ts";
import { element, fill, named } from "./dom.ts";
import { count, number, percent, sureness } from "./format.ts";
import { quoted, section } from "./section.ts";
import { sortableTable } from "./sortableTable.ts";

/** A matrix of more labels is no picture any more: then it is one of those that are confused most. */
const WHOLE_MATRIX = 30;
const PART_OF_MATRIX = 20;
const MOST_PAIRS = 500;

/** Which labels are answered in the place of which, and the texts behind it. */
export function confusionSection(labels: readonly string[], cells: readonly ConfusionCell[]): HTMLElement {
  const totals = new Map<number, number>();
  for (const { gold, count: times } of cells) totals.set(gold, (totals.get(gold) ?? 0) + times);
  const present = new Set(cells.flatMap(({ gold, predicted }) => [gold, predicted]));
  const mistakes = cells.filter(({ gold, predicted }) => gold !== predicted);
  const isWhole = present.size <= WHOLE_MATRIX;
  const shown = isWhole ? [...present] : mostConfused(mistakes, PART_OF_MATRIX);
  shown.sort((a, b) => a - b);

  const panel = element("div", {
    class: "bax-panel",
    tabindex: -1,
    role: "region",
    "aria-label": "Texts behind a cell",
  });
  fill(panel, element("p", { class: "bax-quiet" }, "Choose a number to see its texts."));
  const open = (cell: ConfusionCell, focus: boolean): void => {
    showTexts(panel, labels, cell);
    if (focus) panel.focus();
  };
  const findCell = new Map(cells.map((cell) => [`${cell.gold} ${cell.predicted}`, cell]));
  const matrix = confusionMatrix({
    labels: shown.map((label) => labels[label] ?? ""),
    cellAt: (row, column): MatrixCell | undefined => {
      const cell = findCell.get(`${shown[row]} ${shown[column]}`);
      if (!cell) return undefined;
      return { count: cell.count, share: cell.count / (totals.get(cell.gold) || 1), open: () => open(cell, false) };
    },
  });
  const pairs = sortableTable<ConfusionCell>({
    caption: "Mistakes, pair by pair",
    columns: [
      {
        head: "True label",
        cell: ({ gold }) => named(labels[gold] ?? ""),
        key: ({ gold }) => labels[gold],
        isName: true,
      },
      {
        head: "Answered",
        cell: ({ predicted }) => named(labels[predicted] ?? ""),
        key: ({ predicted }) => labels[predicted],
        isName: true,
      },
      {
        head: "Times",
        cell: (cell) =>
          element(
            "button",
            {
              type: "button",
              class: "bax-button",
              "aria-label": `${count(cell.count, "text")} of ${labels[cell.gold]} answered ${labels[cell.predicted]}: show`,
              onclick: () => open(cell, true),
            },
            number(cell.count),
          ),
        key: (cell) => cell.count,
      },
      {
        head: "Share",
        meaning: "Of the texts with the true label",
        cell: (cell) => percent(cell.count / (totals.get(cell.gold) || 1)),
        key: (cell) => cell.count / (totals.get(cell.gold) || 1),
      },
    ],
    rows: mistakes.slice(0, MOST_PAIRS),
    most: 15,
    ...(mistakes.length > 15 && { searched: ({ gold, predicted }) => `${labels[gold]} ${labels[predicted]}` }),
  });
  return section(
    "confusion",
    "What is mixed up with what",
    "A row is what a text truly is, a column what the model answered. Blue with a frame is right, orange is wrong; colour shows the share of the row. " +
      "Each number opens its texts; the arrow keys go from number to number.",
    isWhole ? null : element("p", {}, `The ${shown.length} labels that are mixed up most, of ${present.size}:`),
    matrix,
    panel,
    mistakes.length === 0 ? element("p", {}, "Nothing was mixed up.") : pairs,
  );
}

/** Labels with the most mistakes, as truth and as answer. */
function mostConfused(mistakes: readonly ConfusionCell[], most: number): number[] {
  const times = new Map<number, number>();
  for (const { gold, predicted, count: n } of mistakes)
    for (const label of [gold, predicted]) times.set(label, (times.get(label) ?? 0) + n);
  return [...times]
    .sort(([a, m], [b, n]) => n - m || a - b)
    .slice(0, most)
    .map(([label]) => label);
}

function showTexts(panel: HTMLElement, labels: readonly string[], cell: ConfusionCell): void {
  const { gold, predicted, texts } = cell;
  const isRight = gold === predicted;
  const more = cell.count - texts.length;
  fill(
    panel,
    element(
      "h3",
      {},
      `${count(cell.count, "text")}: truly `,
      named(labels[gold] ?? ""),
      ", answered ",
      named(labels[predicted] ?? ""),
    ),
    element(
      "p",
      { class: "bax-quiet" },
      texts.length === 0
        ? "Their texts are not in this file."
        : `${isRight ? "The least sure" : "The surest"} first${more > 0 ? `; ${number(more)} more are not in this file` : ""}.`,
    ),
    element(
      "ol",
      { class: "bax-texts" },
      ...texts.map((text) =>
        element("li", {}, element("span", { class: "bax-sure" }, `${sureness(text.confidence)} sure`), quoted(text)),
      ),
    ),
  );
}
