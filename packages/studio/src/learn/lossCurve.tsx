import type { JSX } from "preact";
import { shortNumber } from "./notation.ts";

const WIDTH = 400;
const HEIGHT = 240;
const LEFT = 36;
const RIGHT = 12;
const TOP = 14;
const BOTTOM = 34;
/** More points than this cannot be told apart at the drawing's width. */
const MOST_POINTS = 350;

/** The cost of all sentences after each step as a line, the loss of each step's own sentences as dots. */
export function LossCurve(props: {
  /** At the start, then after each step. */
  readonly costs: readonly number[];
  /** Of each step that is done. */
  readonly batchLosses: readonly number[];
  /** The cost of giving every label the same probability. */
  readonly guessing: number;
}): JSX.Element {
  const { costs, batchLosses, guessing } = props;
  const steps = costs.length - 1;
  const right = Math.max(10, steps);
  const top = Math.max(
    0.1,
    1.2 * guessing,
    ...thinned(costs).map(([, y]) => y),
    ...thinned(batchLosses).map(([, y]) => y),
  );
  const x = (step: number): number => LEFT + (step / right) * (WIDTH - LEFT - RIGHT);
  const y = (loss: number): number => HEIGHT - BOTTOM - (loss / top) * (HEIGHT - TOP - BOTTOM);
  const path = thinned(costs)
    .map(([step, value], n) => `${n === 0 ? "M" : "L"}${x(step).toFixed(1)},${y(value).toFixed(1)}`)
    .join("");
  const last = costs[steps];
  const summary =
    steps === 0
      ? `The cost is ${shortNumber(last)} at the start.`
      : `The cost went from ${shortNumber(costs[0])} to ${shortNumber(last)} in ${steps} ${steps === 1 ? "step" : "steps"}.`;
  return (
    <figure class="bax-figure learn-figure">
      <h3>The cost, step by step</h3>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
        {ticks(top).map((tick) => (
          <g key={tick}>
            <line class="learn-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 6} y={y(tick) + 4} text-anchor="end">
              {tick}
            </text>
          </g>
        ))}
        {ticks(right)
          .filter(Number.isInteger)
          .map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - BOTTOM + 16} text-anchor="middle">
              {tick}
            </text>
          ))}
        <text x={WIDTH - RIGHT} y={HEIGHT - 3} text-anchor="end">
          steps
        </text>
        <line class="learn-guess" x1={LEFT} x2={WIDTH - RIGHT} y1={y(guessing)} y2={y(guessing)} />
        <text x={WIDTH - RIGHT} y={y(guessing) - 5} text-anchor="end">
          guessing
        </text>
        {thinned(batchLosses).map(([step, value]) => (
          <circle key={step} class="learn-dot" cx={x(step + 1)} cy={y(value)} r="2.2" />
        ))}
        <path class="learn-line" d={path} />
        <circle class="learn-end" cx={x(steps)} cy={y(last)} r="4" />
      </svg>
      <figcaption>
        {summary} Line: the mean over all sentences. Dots: the sentences of one step, before its update.
      </figcaption>
    </figure>
  );
}

/** Some of the values with their positions, the last one among them. */
function thinned(values: readonly number[]): [number, number][] {
  const stride = Math.ceil(values.length / MOST_POINTS);
  return values
    .map((value, index): [number, number] => [index, value])
    .filter(([index]) => index % stride === 0 || index === values.length - 1);
}

/** About four round numbers from 0 to `top`. */
function ticks(top: number): number[] {
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= rough) ?? rough;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, n) => Number((n * step).toPrecision(3)));
}
