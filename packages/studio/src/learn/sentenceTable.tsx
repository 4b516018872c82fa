import type { JSX } from "preact";
import { allProbabilities, type Lesson } from "./lesson.ts";
import { LABEL_COLOURS, markPath } from "./marks.ts";
import { at } from "./matrix.ts";
import { LIMITS, type Sentence } from "./problem.ts";
import type { LearnStore } from "./store.ts";

/** The sentences to learn from, each with what the model says of it now. */
export function SentenceTable({ store }: { readonly store: LearnStore }): JSX.Element {
  const sentences = store.sentences.value;
  const lesson = store.lesson.value;
  const complaint = store.complaint.value;
  const answers = complaint ? [] : answersOf(lesson, sentences);
  const labels = [...new Set(sentences.map(({ label }) => label.trim()))].filter(Boolean);
  return (
    <div>
      <table class="learn-sentences">
        <caption>Sentences and labels: change them, and the lesson begins again with yours.</caption>
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Sentence</th>
            <th scope="col">Label</th>
            <th scope="col">The model says</th>
            <th scope="col">
              <span class="learn-spoken">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sentences.map(({ text, label }, n) => (
            <tr key={n}>
              <th scope="row">{n + 1}</th>
              <td class="learn-text">
                <input
                  aria-label={`Sentence ${n + 1}`}
                  value={text}
                  maxLength={120}
                  onChange={(event) => store.changeSentence(n, { text: event.currentTarget.value })}
                />
              </td>
              <td class="learn-name">
                <input
                  aria-label={`Label of sentence ${n + 1}`}
                  value={label}
                  maxLength={24}
                  list="learn-labels"
                  onChange={(event) => store.changeSentence(n, { label: event.currentTarget.value })}
                />
              </td>
              <td class="learn-answer">
                {complaint ? <span class="bax-quiet">—</span> : <AnswerOf answer={answers[n]} />}
              </td>
              <td class="learn-remove">
                <button
                  type="button"
                  class="bax-button"
                  aria-label={`Remove sentence ${n + 1}`}
                  disabled={sentences.length === 1}
                  onClick={() => store.removeSentence(n)}
                >
                  ×
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <datalist id="learn-labels">
        {labels.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
      <p class="bax-note" role="alert" hidden={!complaint}>
        {complaint} Until then the page goes on with the sentences of before.
      </p>
      <div class="learn-buttons">
        <button
          type="button"
          class="bax-button"
          disabled={sentences.length >= LIMITS.sentences}
          onClick={() => store.addSentence()}
        >
          Add a sentence
        </button>
        <button type="button" class="bax-button" onClick={() => store.builtInSentences()}>
          Built-in sentences
        </button>
      </div>
    </div>
  );
}

interface Answer {
  readonly label: number;
  readonly name: string;
  readonly probability: number;
  readonly right: boolean;
  readonly taken: boolean;
}

function AnswerOf({ answer }: { readonly answer: Answer | undefined }): JSX.Element {
  if (!answer) return <span class="bax-quiet">without a label, left out</span>;
  const { label, name, probability, right, taken } = answer;
  return (
    <span class="learn-says">
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={markPath(label, 8, 8, 6)} fill={LABEL_COLOURS[label]} />
      </svg>
      <span>
        <bdi>{name}</bdi> {Math.round(100 * probability)} %
      </span>
      <span class={right ? "learn-right" : "learn-wrong"}>{right ? "right" : "wrong"}</span>
      {taken && <span class="learn-taken">in this step</span>}
    </span>
  );
}

/** The likeliest label of each row; undefined for a row that the lesson does not have. */
function answersOf(lesson: Lesson, rows: readonly Sentence[]): (Answer | undefined)[] {
  const { problem, step } = lesson;
  const probabilities = allProbabilities(lesson);
  let n = -1;
  return rows.map(({ label }) => {
    if (label.trim() === "") return undefined;
    n++;
    let best = 0;
    for (let j = 1; j < probabilities.rows; j++) if (at(probabilities, j, n) > at(probabilities, best, n)) best = j;
    return {
      label: best,
      name: problem.labels[best],
      probability: at(probabilities, best, n),
      right: problem.labels[best] === label.trim(),
      taken: step.batch.includes(n),
    };
  });
}
