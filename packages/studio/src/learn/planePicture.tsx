import type { JSX } from "preact";
import { allHidden, type Lesson, parametersOf } from "./lesson.ts";
import { LABEL_COLOURS, markPath } from "./marks.ts";
import { at, largestSize, type Matrix } from "./matrix.ts";

const SIZE = 400;
const EDGE = 22;
/** How finely directions are tried for which label has the highest score. */
const DIRECTIONS = 360;

/** Words, labels and sentences where their two hidden numbers put them. Only for dimension 2. */
export function PlanePicture({ lesson }: { readonly lesson: Lesson }): JSX.Element {
  const { problem } = lesson;
  const { embeddings, output } = parametersOf(lesson);
  const hidden = allHidden(lesson);
  const extent = 1.08 * Math.max(0.2, largestSize(embeddings), largestSize(output));
  const x = (value: number): number => SIZE / 2 + (value / extent) * (SIZE / 2 - EDGE);
  const y = (value: number): number => SIZE / 2 - (value / extent) * (SIZE / 2 - EDGE);
  const sentences = besides(
    problem.sentences.map(({ label }, n) => ({
      text: `${n + 1}`,
      label: problem.labels.indexOf(label),
      x: x(at(hidden, 0, n)),
      y: y(at(hidden, 1, n)),
    })),
  );
  const words = apart(
    problem.words.map((text, p) => ({ text, x: x(at(embeddings, p, 0)), y: y(at(embeddings, p, 1)) })),
    sentences.map((mark) => ({ ...mark, text: "mark", y: mark.y + 4 })),
  );
  return (
    <figure class="bax-figure learn-figure">
      <h3>Words, labels and sentences in the plane</h3>
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        role="img"
        aria-label={`${problem.words.length} words, ${problem.labels.length} labels and ${problem.sentences.length} sentences at their two hidden numbers. The tables of A, B and h below have the same numbers.`}
      >
        {regions(output).map(({ label, from, to }) => (
          <path key={`${label} ${from}`} d={wedge(from, to)} fill={LABEL_COLOURS[label]} class="learn-region" />
        ))}
        <line class="learn-grid" x1={0} x2={SIZE} y1={SIZE / 2} y2={SIZE / 2} />
        <line class="learn-grid" x1={SIZE / 2} x2={SIZE / 2} y1={0} y2={SIZE} />
        {words.map(({ text, x: across, y: down }) => (
          <text key={text} class="learn-word" x={across} y={down} text-anchor={anchorOf(across)}>
            {text}
          </text>
        ))}
        {problem.labels.map((label, j) => {
          const [tipX, tipY] = [x(at(output, j, 0)), y(at(output, j, 1))];
          return (
            <g key={label} style={{ color: LABEL_COLOURS[j] }}>
              <line class="learn-arrow" x1={SIZE / 2} y1={SIZE / 2} x2={tipX} y2={tipY} />
              <circle cx={tipX} cy={tipY} r="3.5" fill="currentColor" />
              <text class="learn-label" x={tipX} y={tipY - 8} text-anchor={anchorOf(tipX)}>
                {label}
              </text>
            </g>
          );
        })}
        {sentences.map(({ text, label, x: across, y: down }) => (
          <g key={text}>
            <path class="learn-sentence" d={markPath(label, across, down, 8.5)} fill={LABEL_COLOURS[label]} />
            <text class="learn-number" x={across} y={down + 4} text-anchor="middle">
              {text}
            </text>
          </g>
        ))}
      </svg>
      <figcaption>
        Words stand at their numbers in A, numbered marks are sentences (h), lines lead to the labels’ rows of B. The
        ground has the colour of the label whose score is highest there. What would cover something else is moved aside
        a little.
      </figcaption>
    </figure>
  );
}

function anchorOf(x: number): "start" | "middle" | "end" {
  return x < 60 ? "start" : x > SIZE - 60 ? "end" : "middle";
}

interface Word {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Words moved down a little where they would stand on each other, or on what is in the way. */
function apart(words: readonly Word[], inTheWay: readonly Word[]): Word[] {
  const placed: Word[] = [];
  for (const word of [...words].sort((a, b) => a.y - b.y)) {
    let { y } = word;
    for (const other of [...inTheWay, ...placed].sort((a, b) => a.y - b.y)) {
      const wide = 3.6 * (word.text.length + other.text.length);
      if (Math.abs(other.x - word.x) < wide && Math.abs(other.y - y) < 13) y = other.y + 13;
    }
    placed.push({ ...word, y });
  }
  return placed;
}

/** Marks moved to the right where they would cover each other. */
function besides<Mark extends Word>(marks: readonly Mark[]): Mark[] {
  const placed: Mark[] = [];
  for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
    let { x } = mark;
    for (const other of placed) if (Math.hypot(other.x - x, other.y - mark.y) < 15) x = other.x + 17;
    placed.push({ ...mark, x });
  }
  return placed;
}

/** Which label has the highest score in each direction from the middle; angles in turns. Scores are linear, so distance does not matter. */
function regions(output: Matrix): { label: number; from: number; to: number }[] {
  const found: { label: number; from: number; to: number }[] = [];
  for (let n = 0; n < DIRECTIONS; n++) {
    const angle = ((n + 0.5) / DIRECTIONS) * 2 * Math.PI;
    let label = 0;
    let top = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < output.rows; j++) {
      const score = at(output, j, 0) * Math.cos(angle) + at(output, j, 1) * Math.sin(angle);
      if (score > top) [label, top] = [j, score];
    }
    const last = found[found.length - 1];
    if (last?.label === label) last.to = (n + 1) / DIRECTIONS;
    else found.push({ label, from: n / DIRECTIONS, to: (n + 1) / DIRECTIONS });
  }
  return found;
}

/** A piece of the picture between two angles, far enough out to cover the corners; what is outside is cut off. */
function wedge(from: number, to: number): string {
  const pieces = Math.max(1, Math.ceil((to - from) * 24));
  const points = Array.from({ length: pieces + 1 }, (_, n) => {
    const angle = (from + ((to - from) * n) / pieces) * 2 * Math.PI;
    return `${(SIZE / 2 + SIZE * Math.cos(angle)).toFixed(1)},${(SIZE / 2 - SIZE * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${SIZE / 2},${SIZE / 2}L${points.join("L")}Z`;
}
