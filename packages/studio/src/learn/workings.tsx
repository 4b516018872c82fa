import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { type Cell, cellKey, cellsOf, toTeX } from "./expression.ts";
import { Formula } from "./formula.tsx";
import { HeatMap } from "./heatMap.tsx";
import { isComputed, type Lesson, partOf } from "./lesson.ts";
import {
  cellInWords,
  cellSymbol,
  headersOf,
  inNumbers,
  inSymbols,
  MATRIX_CAPTIONS,
  MATRIX_SYMBOLS,
  numberInTeX,
  shortNumber,
} from "./notation.ts";
import { ScrollBox } from "./scrollBox.tsx";
import { goTo, sectionTitle } from "./sections.ts";
import type { MatrixName } from "./step.ts";
import { MATRIX_NAMES } from "./step.ts";
import type { LearnStore } from "./store.ts";
import { numberAt, traceOf } from "./trace.ts";
import { useLessonInView } from "./useLessonInView.ts";

/** Matrices of shares: their full colour is 1, so that the eye can compare them. */
const SHARES: readonly MatrixName[] = ["features", "target", "probabilities", "dLogits"];

/** Matrices and the signs between them. */
export type Row = readonly (MatrixName | string)[];

/** The matrices of a section, and below them where the chosen number came from. */
export function Workings(props: {
  readonly store: LearnStore;
  readonly section: string;
  readonly rows: readonly Row[];
}): JSX.Element {
  const { store, section, rows } = props;
  const look = useComputed(() => {
    const pointed = store.pointed.value;
    return pointed?.section === section ? pointed.cell : store.chosen.value[section];
  });
  const place = useRef<HTMLDivElement>(null);
  const lesson = useLessonInView(store, place);
  const result = resultOf(section, rows);
  const wanted = look.value ?? mostVisible(lesson, result);
  const cell = isComputed(lesson, partOf(wanted.matrix)) ? wanted : undefined;
  const sources = new Set(cell ? cellsOf(traceOf(lesson, cell).expression).map(cellKey) : []);
  const chosen = cell ? cellKey(cell) : "";

  // The mean over one sentence is its own loss.
  const shownRows = rows.filter((row) => lesson.step.batch.length > 1 || !row.includes("meanLoss"));
  const map = (matrix: MatrixName): JSX.Element => (
    <HeatMap
      key={matrix}
      letter={MATRIX_SYMBOLS[matrix]}
      caption={MATRIX_CAPTIONS[matrix]}
      matrix={lesson.step.values[matrix]}
      {...headersOf(lesson, matrix)}
      {...(SHARES.includes(matrix) ? { strongest: 1 } : {})}
      computed={isComputed(lesson, partOf(matrix))}
      format={shortNumber}
      nameOf={(place) => cellInWords(lesson, { matrix, ...place })}
      isChosen={(place) => chosen === cellKey({ matrix, ...place })}
      isSource={(place) => sources.has(cellKey({ matrix, ...place }))}
      onChoose={(place) => store.choose(section, { matrix, ...place })}
      onPoint={(place) => {
        store.pointed.value = place && { section, cell: { matrix, ...place } };
      }}
    />
  );

  return (
    <div class="learn-workings" ref={place}>
      {shownRows.map((row) => (
        <div class="learn-row" key={row.join(" ")}>
          {row.map((item, n) => {
            if (!isMatrix(item)) return null;
            const sign = row[n - 1];
            return (
              // A sign stays with the matrix that follows it, where the row is broken into lines.
              <div class="learn-term" key={item}>
                {sign !== undefined && !isMatrix(sign) && (
                  <span class="learn-sign" aria-hidden="true">
                    {sign}
                  </span>
                )}
                {map(item)}
              </div>
            );
          })}
        </div>
      ))}
      <TracePanel store={store} section={section} rows={rows} lesson={lesson} cell={cell} />
    </div>
  );
}

function TracePanel(props: {
  readonly store: LearnStore;
  readonly section: string;
  readonly rows: readonly Row[];
  readonly lesson: Lesson;
  readonly cell: Cell | undefined;
}): JSX.Element {
  const { store, section, rows, lesson, cell } = props;
  const part = partOf(resultOf(section, rows));
  if (!cell) {
    return (
      <ScrollBox class="learn-trace">
        <p>Not computed yet in this step.</p>
        <button type="button" class="bax-button" onClick={() => store.computeTo(part)}>
          Compute as far as here
        </button>
      </ScrollBox>
    );
  }
  const { expression, note } = traceOf(lesson, cell);
  const own = partOf(cell.matrix);
  const elsewhere = cellsOf(expression).some(({ matrix }) => !rows.flat().includes(matrix));
  const symbols = toTeX(expression, inSymbols(lesson));
  const numbers = toTeX(expression, inNumbers(lesson));
  const value = numberInTeX(numberAt(lesson, cell));
  return (
    <ScrollBox class="learn-trace">
      <p>
        {cellInWords(lesson, cell)}: <strong>{shortNumber(numberAt(lesson, cell))}</strong>
      </p>
      <p>
        <Formula tall tex={`${cellSymbol(lesson, cell)} = ${symbols}`} />
      </p>
      {numbers !== symbols && (
        <p>
          <Formula tall tex={`\\phantom{x} = ${numbers}`} />
        </p>
      )}
      {value !== numbers && (
        <p>
          <Formula tall tex={`\\phantom{x} = ${value}`} />
        </p>
      )}
      {note && <p class="bax-quiet">{note}</p>}
      {elsewhere && own !== section && (
        <button
          type="button"
          class="bax-button"
          onClick={() => {
            store.choose(own, cell);
            goTo(own);
          }}
        >
          Show it in “{sectionTitle(own)}”
        </button>
      )}
    </ScrollBox>
  );
}

function isMatrix(item: string): item is MatrixName {
  return (MATRIX_NAMES as readonly string[]).includes(item);
}

/** What the section computes first. */
function resultOf(section: string, rows: readonly Row[]): MatrixName {
  const matrices = rows.flat().filter(isMatrix);
  return matrices.find((matrix) => partOf(matrix) === section) ?? matrices[0];
}

/** The cell that a section shows until the reader chooses one: the largest number of its result. */
function mostVisible({ step }: Lesson, matrix: MatrixName): Cell {
  const { values, columns } = step.values[matrix];
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if (Math.abs(values[index]) > Math.abs(values[best])) best = index;
  }
  return { matrix, row: Math.floor(best / columns), column: best % columns };
}
