import { type Child, element, freshId } from "./dom.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly head: string;
  /** What the head means, in words. */
  readonly meaning?: string;
  readonly cell: (row: Row) => Child;
  /** What rows are sorted by. */
  readonly key: (row: Row) => number | string | null;
  /** 0 to 1: drawn as a bar behind the number. */
  readonly share?: (row: Row) => number | null;
  /** Whether the cells name their row. */
  readonly isName?: boolean;
  /** Whether the cells are words, not numbers. */
  readonly isText?: boolean;
}

/** A table of rows. */
export interface SortableTable<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Column that the rows are sorted by at first, and whether downwards; as they come unless given. */
  readonly sortedBy?: { readonly column: number; readonly descending: boolean };
  /** Rows that are shown until all are asked for. */
  readonly most?: number;
  /** What a search looks at; no search unless given. */
  readonly searched?: (row: Row) => string;
}

/** A table that sorts by its heads, and can be searched; paper shows all of it. */
export function sortableTable<Row>(options: SortableTable<Row>): HTMLElement {
  const { caption, columns, rows, most = 100, searched } = options;
  const made = rows.map((row) => ({ row, line: lineOf(row, columns) }));
  const body = element("tbody");
  let wanted = "";
  let limit = most;
  let sorting = options.sortedBy;

  const more = element("button", { type: "button", class: "bax-button", onclick: () => showAll() });
  const found = element("p", { class: "bax-found", role: "status" });
  const show = (): void => {
    const shown = made.filter(({ row }) => wanted === "" || (searched?.(row) ?? "").toLowerCase().includes(wanted));
    if (sorting) sortRows(shown, columns[sorting.column], sorting.descending);
    for (const [i, { line }] of shown.entries()) line.classList.toggle("bax-more", i >= limit);
    body.replaceChildren(...shown.map(({ line }) => line));
    const hidden = shown.length - limit;
    more.hidden = hidden <= 0;
    more.textContent = `Show all ${shown.length.toLocaleString("en-GB")} rows`;
    found.textContent = wanted === "" ? "" : `${shown.length.toLocaleString("en-GB")} found`;
  };
  const showAll = (): void => {
    limit = Number.POSITIVE_INFINITY;
    show();
  };
  const heads = columns.map((column, index) => {
    const button = element(
      "button",
      { type: "button", title: column.meaning, onclick: () => sortBy(index) },
      column.head,
      element("span", { class: "bax-arrow", "aria-hidden": "true" }),
    );
    return element("th", { scope: "col", class: column.isName || column.isText ? "bax-left" : undefined }, button);
  });
  const markHeads = (): void => {
    for (const [i, head] of heads.entries()) {
      if (sorting?.column === i) head.setAttribute("aria-sort", sorting.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };
  const sortBy = (column: number): void => {
    const isNumber = typeof (rows[0] && columns[column].key(rows[0])) !== "string";
    const descending = sorting?.column === column ? !sorting.descending : isNumber;
    sorting = { column, descending };
    markHeads();
    show();
  };
  markHeads();
  show();
  const captionId = freshId("caption");
  return element(
    "div",
    { class: "bax-table" },
    searched
      ? element(
          "div",
          { class: "bax-search" },
          searchBox(`Search: ${caption.toLowerCase()}`, (text) => {
            wanted = text.trim().toLowerCase();
            show();
          }),
          found,
        )
      : null,
    element(
      "div",
      { class: "bax-scroll", tabindex: 0, role: "region", "aria-labelledby": captionId },
      element(
        "table",
        {},
        element("caption", { id: captionId }, caption),
        element("thead", {}, element("tr", {}, ...heads)),
        body,
      ),
    ),
    more,
  );
}

/** A box to search with. */
export function searchBox(name: string, onSearch: (text: string) => void): HTMLElement {
  const input = element("input", {
    type: "search",
    "aria-label": name,
    placeholder: "Search",
    oninput: () => onSearch(input.value),
  });
  return element("div", { class: "bax-control" }, input);
}

function lineOf<Row>(row: Row, columns: readonly Column<Row>[]): HTMLTableRowElement {
  const cells = columns.map(({ cell, share, isName, isText }) => {
    if (isName) return element("th", { scope: "row" }, cell(row));
    const part = share?.(row);
    const style = part === undefined || part === null ? undefined : `--share: ${(part * 100).toFixed(1)}%`;
    return element("td", { class: isText ? "bax-left" : style && "bax-bar", style }, cell(row));
  });
  return element("tr", {}, ...cells);
}

/** What has no value goes last, whichever way the rest is sorted. */
function sortRows<Row>(rows: { row: Row }[], { key }: Column<Row>, descending: boolean): void {
  const sign = descending ? -1 : 1;
  rows.sort(({ row: a }, { row: b }) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === "string" || typeof y === "string") return sign * String(x).localeCompare(String(y));
    return sign * (x - y);
  });
}
