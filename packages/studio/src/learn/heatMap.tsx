import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Formula } from "./formula.tsx";
import { largestSize, type Matrix } from "./matrix.ts";
import { ScrollBox } from "./scrollBox.tsx";

/** A place in a matrix. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** What a heat map shows, and what it tells of. */
export interface HeatMapProps {
  /** The matrix's letter in TeX. */
  readonly letter: string;
  /** Its shape and what its rows are, in words. */
  readonly caption: string;
  readonly matrix: Matrix;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** The size of number that has the full colour; the largest of the matrix unless given. */
  readonly strongest?: number;
  /** Without it the cells are empty: their numbers are not computed yet. */
  readonly computed: boolean;
  readonly format: (value: number) => string;
  /** A cell in words. */
  readonly nameOf: (place: Place) => string;
  readonly isChosen: (place: Place) => boolean;
  readonly isSource: (place: Place) => boolean;
  readonly onChoose: (place: Place) => void;
  /** The pointer is over a cell, or over none. */
  readonly onPoint: (place: Place | undefined) => void;
}

/** A matrix as a table of coloured numbers: blue above 0, orange below. Arrow keys go from cell to cell. */
export function HeatMap(props: HeatMapProps): JSX.Element {
  const { letter, caption, matrix, rows, columns, computed } = props;
  const table = useRef<HTMLTableElement>(null);
  const [home, setHome] = useState(0);
  const cells = matrix.rows * matrix.columns;
  const reachable = Math.min(home, cells - 1);
  const strongest = props.strongest ?? largestSize(matrix);

  const move = (event: KeyboardEvent, index: number): void => {
    const next = nextIndex(event.key, index, matrix);
    if (next === undefined) return;
    event.preventDefault();
    setHome(next);
    table.current?.querySelectorAll("button")[next]?.focus();
  };

  return (
    <ScrollBox class="learn-map">
      <table ref={table} onPointerLeave={() => props.onPoint(undefined)}>
        <caption>
          {letter && <Formula tex={letter} />}
          <span class="learn-caption">{caption}</span>
        </caption>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((name, row) => (
            <tr key={name}>
              <th scope="row">
                <bdi>{name}</bdi>
              </th>
              {columns.map((of, column) => {
                const index = row * matrix.columns + column;
                const place = { row, column };
                return (
                  <td key={of} style={computed ? colourOf(matrix.values[index], strongest) : undefined}>
                    {computed ? (
                      <button
                        type="button"
                        class={cellClass(matrix.values[index], props.isChosen(place), props.isSource(place))}
                        tabIndex={index === reachable ? 0 : -1}
                        aria-label={`${props.nameOf(place)}: ${props.format(matrix.values[index])}`}
                        onClick={() => props.onChoose(place)}
                        onFocus={() => {
                          setHome(index);
                          props.onChoose(place);
                        }}
                        onPointerEnter={(event) => event.pointerType === "mouse" && props.onPoint(place)}
                        onKeyDown={(event) => move(event, index)}
                      >
                        {props.format(matrix.values[index])}
                      </button>
                    ) : (
                      <span class="learn-empty">·</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

/** Where a key leads: arrows to the neighbour, Home and End to the ends of the row; undefined for other keys and at an edge. */
function nextIndex(key: string, index: number, { rows, columns }: Matrix): number | undefined {
  const row = Math.floor(index / columns);
  const column = index % columns;
  switch (key) {
    case "ArrowRight":
      return column + 1 < columns ? index + 1 : undefined;
    case "ArrowLeft":
      return column > 0 ? index - 1 : undefined;
    case "ArrowDown":
      return row + 1 < rows ? index + columns : undefined;
    case "ArrowUp":
      return row > 0 ? index - columns : undefined;
    case "Home":
      return row * columns;
    case "End":
      return row * columns + columns - 1;
    default:
      return undefined;
  }
}

function cellClass(value: number, chosen: boolean, source: boolean): string {
  return [value === 0 && "is-zero", chosen && "is-chosen", source && "is-source"].filter(Boolean).join(" ");
}

/** The colour of a number: as strong as it is large beside `strongest`, and never so strong that text is hard to read on it. */
function colourOf(value: number, strongest: number): { background: string } {
  const strength = strongest === 0 ? 0 : Math.round(Math.min(1, Math.abs(value) / strongest) * 42);
  const colour = value < 0 ? "var(--bax-orange)" : "var(--bax-blue)";
  return { background: `color-mix(in srgb, ${colour} ${strength}%, var(--bax-page))` };
}
