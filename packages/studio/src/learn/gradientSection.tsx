import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Slider } from "./controls.tsx";
import { FormulaBox } from "./derivation.tsx";
import { Formula } from "./formula.tsx";
import {
  batchExamples,
  centralDifference,
  checkGradient,
  formulaSlopes,
  type GradientCheck,
  type Mistake,
  mistakenSlopes,
  type Slopes,
} from "./gradientCheck.ts";
import { HeatMap, type Place } from "./heatMap.tsx";
import type { Lesson } from "./lesson.ts";
import { at, largestSize } from "./matrix.ts";
import { embeddingSymbol, headersOf, outputSymbol, powerInTeX, shortNumber } from "./notation.ts";
import { ScrollBox } from "./scrollBox.tsx";
import { sectionId } from "./sections.ts";
import type { LearnStore } from "./store.ts";

const MISTAKES: readonly (readonly [Mistake, string])[] = [
  ["none", "as derived"],
  ["target", "with a mistake: y is forgotten"],
  ["features", "with a mistake: x is forgotten in ∂L/∂A"],
];
/** Below this the two ways agree: a wrong formula is far above it, rounding far below. */
const AGREED = 1e-6;

/** Every derivative by its formula and by trying it out, side by side. */
export function GradientSection({ store }: { readonly store: LearnStore }): JSX.Element {
  const [power, setPower] = useState(4);
  const [mistake, setMistake] = useState<Mistake>("none");
  const lesson = useSettled(store);
  const step = 10 ** -power;
  const examples = batchExamples(lesson.problem, lesson.step.batch);
  const { problem } = lesson;
  const formula =
    mistake === "none"
      ? formulaSlopes(lesson.step.values, examples)
      : mistakenSlopes(problem, lesson.step.values, lesson.step.batch, mistake);
  const check = checkGradient(lesson.step.values, examples, formula, step);
  const id = sectionId("check");
  return (
    <section class="learn-section learn-check" id={id} aria-labelledby={`${id}-title`}>
      <div class="learn-prose">
        <h3 id={`${id}-title`}>11. Is it true? The gradient, tried out</h3>
        <p>
          A derivative says how fast the cost changes when a number changes. That can be tried: make the number a little
          larger, compute the cost; make it a little smaller, compute the cost again; divide the difference by the
          distance. No formula of the derivation is used.
        </p>
        <FormulaBox tex="\frac{\partial L}{\partial \theta} \approx \frac{L(\theta + \varepsilon) - L(\theta - \varepsilon)}{2 \, \varepsilon}" />
        <p class="bax-quiet">
          All {check.formula.embeddings.values.length + check.formula.output.values.length} numbers of A and B are
          tried, at the A and B of step {lesson.step.number}, with the library’s own <code>cost</code> and{" "}
          <code>gradient</code> and the sentences of that step. It is done again whenever the step changes.
        </p>
        <Slider
          name="The little, ε"
          least={1}
          most={12}
          value={power}
          says={`${step.toExponential(0).replace("e-", "e−")}`}
          onMove={setPower}
        />
        <p class="bax-quiet">
          A long ε sees the curve bend; a very short one drowns in rounding, as costs have sixteen digits. Between them
          is the best one.
        </p>
        <label class="bax-control">
          The formula
          <select value={mistake} onChange={(event) => setMistake(event.currentTarget.value as Mistake)}>
            {MISTAKES.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="learn-workings">
        <Verdict check={check} lesson={lesson} />
        <Comparison check={check} lesson={lesson} step={step} />
      </div>
    </section>
  );
}

/** The lesson, but while it plays the one at which it began to: the check would be for nobody's eyes, many times a second. */
function useSettled(store: LearnStore): Lesson {
  const settled = useRef(store.lesson.value);
  if (!store.playing.value) settled.current = store.lesson.value;
  return settled.current;
}

function Verdict({ check, lesson }: { readonly check: GradientCheck; readonly lesson: Lesson }): JSX.Element {
  const { largest, where } = check;
  const agreed = largest <= AGREED;
  const { rows, columns } = headersOf(lesson, where.matrix);
  const place = `${where.matrix === "output" ? "B" : "A"}, row ${rows[where.row]}, column ${columns[where.column]}`;
  return (
    <p class={`learn-verdict ${agreed ? "is-agreed" : "is-apart"}`} role="status">
      <strong>{agreed ? "They agree." : "They do not agree."}</strong> The largest difference is{" "}
      <Formula tex={powerInTeX(largest, 1)} />, at {place}.{agreed ? "" : " A mistake in the formula, or an unfit ε."}
    </p>
  );
}

function Comparison(props: {
  readonly check: GradientCheck;
  readonly lesson: Lesson;
  readonly step: number;
}): JSX.Element {
  const { check, lesson, step } = props;
  const [chosen, setChosen] = useState<{ matrix: keyof Slopes } & Place>({ matrix: "output", row: 0, column: 0 });
  const [pointed, setPointed] = useState<({ matrix: keyof Slopes } & Place) | undefined>();
  const { values } = lesson.step;
  const given = pointed ?? chosen;
  // Another lesson may be smaller than the one in which the cell was chosen.
  const inside = given.row < values[given.matrix].rows && given.column < values[given.matrix].columns;
  const look = inside ? given : { matrix: given.matrix, row: 0, column: 0 };
  const map = (matrix: keyof Slopes, way: "formula" | "numerical" | "difference"): JSX.Element => (
    <HeatMap
      key={way}
      letter={letterOf(matrix, way)}
      caption={WAYS[way]}
      matrix={check[way][matrix]}
      // A difference is coloured as it would be if it were a derivative: what agrees stays pale.
      strongest={largestSize(check.numerical[matrix])}
      {...headersOf(lesson, matrix)}
      computed
      format={way === "difference" ? tinyNumber : shortNumber}
      nameOf={({ row, column }) =>
        `∂L/∂${matrix === "output" ? "B" : "A"} ${WAYS[way]}, row ${headersOf(lesson, matrix).rows[row]}, column ${column + 1}`
      }
      isChosen={({ row, column }) => look.matrix === matrix && look.row === row && look.column === column}
      isSource={() => false}
      onChoose={(place) => setChosen({ matrix, ...place })}
      onPoint={(place) => setPointed(place && { matrix, ...place })}
    />
  );
  return (
    <>
      {(["output", "embeddings"] as const).map((matrix) => (
        <div class="learn-row" key={matrix}>
          {map(matrix, "formula")}
          {map(matrix, "numerical")}
          {map(matrix, "difference")}
        </div>
      ))}
      <OneDifference check={check} lesson={lesson} step={step} look={look} />
    </>
  );
}

const WAYS = { formula: "by the formula", numerical: "tried out", difference: "difference" } as const;

function letterOf(matrix: keyof Slopes, way: keyof typeof WAYS): string {
  if (way === "numerical") return "\\Delta L / 2 \\varepsilon";
  return way === "formula"
    ? `\\partial L / \\partial ${matrix === "output" ? "B" : "A"}`
    : "\\text{second} - \\text{first}";
}

function OneDifference(props: {
  readonly check: GradientCheck;
  readonly lesson: Lesson;
  readonly step: number;
  readonly look: { readonly matrix: keyof Slopes } & Place;
}): JSX.Element {
  const { check, lesson, step } = props;
  const { matrix, row, column } = props.look;
  const { values, batch } = lesson.step;
  const examples = batchExamples(lesson.problem, batch);
  const index = row * values[matrix].columns + column;
  const { value, up, down, slope } = centralDifference(lesson.step.values, examples, matrix, index, step);
  const symbol = matrix === "output" ? outputSymbol(row, column) : embeddingSymbol(row, column);
  const epsilon = powerInTeX(step, 0).replace("1 \\cdot ", "");
  return (
    <ScrollBox class="learn-trace">
      <p>
        <Formula tex={`${symbol} = ${value.toFixed(6)}, \\quad \\varepsilon = ${epsilon}`} />
      </p>
      <p>
        <Formula tex={`L(${symbol} + \\varepsilon) = ${up.toFixed(14)}`} />
      </p>
      <p>
        <Formula tex={`L(${symbol} - \\varepsilon) = ${down.toFixed(14)}`} />
      </p>
      <p>
        <Formula
          tall
          tex={`\\frac{L(${symbol} + \\varepsilon) - L(${symbol} - \\varepsilon)}{2 \\, \\varepsilon} = ${slope.toFixed(10)}`}
        />
      </p>
      <p>
        <Formula tex={`\\text{by the formula: } ${at(check.formula[matrix], row, column).toFixed(10)}`} />
      </p>
    </ScrollBox>
  );
}

/** A difference of any size in few characters: 3e−12. */
function tinyNumber(value: number): string {
  return value === 0 ? "0" : value.toExponential(0).replace("e-", "e−").replace("e+", "e").replace(/^-/, "−");
}
