/** A column's head and how its cells stand. */
export interface ColumnHead {
  readonly head: string;
  readonly align?: "left" | "right";
}

/**
 * A plain-text table with two spaces between columns. Widths count code points of East Asian wide scripts twice, as terminals do;
 * a cell longer than `widest` is cut.
 */
export function formatTable(columns: readonly ColumnHead[], rows: readonly (readonly string[])[], widest = 40): string {
  const cut = (cell: string): string => {
    const points = [...cell];
    return points.length > widest ? `${points.slice(0, widest - 1).join("")}…` : cell;
  };
  const lines = [columns.map((column) => column.head), ...rows].map((row) => row.map(cut));
  const widths = columns.map((_, j) => Math.max(...lines.map((row) => width(row[j]))));
  return lines
    .map((row) =>
      row
        .map((cell, j) => {
          const space = " ".repeat(widths[j] - width(cell));
          return columns[j].align === "right" ? space + cell : cell + space;
        })
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function width(cell: string): number {
  let columns = 0;
  for (const c of cell) {
    columns +=
      /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        c,
      )
        ? 2
        : /\p{Mn}/u.test(c)
          ? 0
          : 1;
  }
  return columns;
}
