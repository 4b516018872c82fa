import { element, freshId } from "./dom.ts";
import { count, number, percent } from "./format.ts";

/** A number of the matrix. */
export interface MatrixCell {
  readonly count: number;
  /** Of its row, 0 to 1. */
  readonly share: number;
  readonly open: () => void;
}

/** A matrix of labels by labels. */
export interface Matrix {
  readonly labels: readonly string[];
  /** Undefined where there is nothing. */
  readonly cellAt: (row: number, column: number) => MatrixCell | undefined;
}

/** So few labels have larger cells. */
const FEW = 8;

const STEPS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** A heat map that is a table: each number is a button. One of them takes the focus by Tab, the arrow keys go on to the others. */
export function confusionMatrix({ labels, cellAt }: Matrix): HTMLElement {
  const buttons: (HTMLButtonElement | undefined)[][] = [];
  let current: HTMLButtonElement | undefined;
  const take = (button: HTMLButtonElement): void => {
    if (current) current.tabIndex = -1;
    current = button;
    button.tabIndex = 0;
  };
  const lines = labels.map((label, row) => {
    buttons[row] = [];
    const cells = labels.map((answer, column) => {
      const cell = cellAt(row, column);
      if (!cell) return element("td", {});
      const button = element(
        "button",
        {
          type: "button",
          tabindex: -1,
          "aria-label": `Truly ${label}, answered ${answer}: ${count(cell.count, "text")}, ${percent(cell.share)} of the row`,
          title: `${label} → ${answer}`,
          onclick: () => {
            take(button);
            for (const other of buttons.flat()) other?.setAttribute("aria-pressed", String(other === button));
            cell.open();
          },
        },
        number(cell.count),
      );
      button.setAttribute("aria-pressed", "false");
      buttons[row][column] = button;
      const kind = row === column ? "bax-right" : "bax-wrong";
      return element("td", { class: kind, style: `--strength: ${(14 + cell.share * 34).toFixed(1)}%` }, button);
    });
    return element("tr", {}, element("th", { scope: "row" }, element("bdi", { title: label }, label)), ...cells);
  });
  const first = buttons.flat().find((button) => button !== undefined);
  if (first) take(first);

  const move = (event: Event): void => {
    const step = STEPS[(event as KeyboardEvent).key];
    if (!step) return;
    let row = buttons.findIndex((line) => line.includes(event.target as HTMLButtonElement));
    if (row < 0) return;
    let column = buttons[row].indexOf(event.target as HTMLButtonElement);
    event.preventDefault();
    for (;;) {
      row += step[0];
      column += step[1];
      if (row < 0 || column < 0 || row >= labels.length || column >= labels.length) return;
      const next = buttons[row][column];
      if (!next) continue;
      take(next);
      next.focus();
      return;
    }
  };
  const captionId = freshId("caption");
  return element(
    "div",
    { class: "bax-scroll", tabindex: 0, role: "region", "aria-labelledby": captionId },
    element(
      "table",
      { class: labels.length <= FEW ? "bax-matrix bax-few" : "bax-matrix", onkeydown: move },
      element("caption", { id: captionId }, "Rows: the truth. Columns: the answers."),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "truth ↓ answer →"),
          ...labels.map((label) => element("th", { scope: "col" }, element("bdi", { title: label }, label))),
        ),
      ),
      element("tbody", {}, ...lines),
    ),
  );
}
