import type { ShownExplanation } from "@bax/report";
import { explanationView, legend } from "@bax/report/components";
import { type Signal, signal } from "@preact/signals";
import type { NearExample } from "bax";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { AnswerView, ModelView } from "../session/protocol.ts";
import { percent } from "./format.ts";
import { ReportElement } from "./reportElement.tsx";
import { answer, data, model, near, openModel, tab } from "./state.ts";
import { StrongestFeatures } from "./strongestFeatures.tsx";

/** Labels whose probability is shown as a bar. */
const SHOWN_LABELS = 8;

const text: Signal<string> = signal("");
/** The label to be explained; null for the best. */
const wanted: Signal<string | null> = signal(null);
const found: Signal<AnswerView | null> = signal(null);
const alike: Signal<readonly NearExample[]> = signal([]);
/** Whether an answer is on its way, and whether the text has changed since it was asked for. */
let isAsked = false;
let isStale = false;

/** Asks for what is written now; while an answer is on its way the last change waits for it. */
async function ask(): Promise<void> {
  if (isAsked) {
    isStale = true;
    return;
  }
  isAsked = true;
  do {
    isStale = false;
    found.value = text.value.trim() === "" ? null : await answer(text.value, wanted.value).catch(() => null);
  } while (isStale);
  isAsked = false;
  await askNear();
}

/** Once nobody types: the search for examples must not keep an answer waiting. */
async function askNear(): Promise<void> {
  const asked = text.value;
  const examples = asked.trim() === "" ? [] : await near(asked).catch(() => []);
  if (asked === text.value) alike.value = examples;
}

/** Type a text, and see what the model says and why. */
export function UnderstandTab(): JSX.Element {
  const view = model.value;
  useEffect(() => {
    wanted.value = null;
    ask();
  }, [view]);
  if (!view) return <NoModel />;
  return (
    <>
      <section class="bax-section" aria-labelledby="try-title">
        <h2 id="try-title">Try it</h2>
        <label for="try">A text</label>
        <textarea
          id="try"
          rows={4}
          dir="auto"
          placeholder="Type or paste what your model should label"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            ask();
          }}
        />
        {found.value ? (
          <Answer view={view} shown={found.value} />
        ) : (
          <p class="bax-quiet">The answer appears as you type.</p>
        )}
      </section>
      {found.value && alike.value.length > 0 ? <Near examples={alike.value} /> : null}
      {data.value && hasLabelVectors(view) ? <StrongestFeatures view={view} /> : null}
    </>
  );
}

/** A tree of labels has no numbers that belong to one of them. */
function hasLabelVectors({ facts }: ModelView): boolean {
  return !facts.options.some(({ name, value }) => name === "loss" && value === "hs");
}

function NoModel(): JSX.Element {
  return (
    <section class="bax-section">
      <h2>Understand</h2>
      <p>
        There is no model yet. Train one, or open a model's file: bax's own (.safetensors) or fastText's (.bin, .ftz).
      </p>
      <p class="studio-row">
        <button
          type="button"
          class="studio-button"
          onClick={() => {
            tab.value = "train";
          }}
        >
          To the training
        </button>
        <label class="studio-quiet-button">
          Open a model
          <input
            type="file"
            class="studio-hidden-input"
            accept=".safetensors,.bin,.ftz"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              if (file) openModel(file.name, file);
            }}
          />
        </label>
      </p>
    </section>
  );
}

function Answer({ view, shown }: { view: ModelView; shown: AnswerView }): JSX.Element {
  const { predictions, explanation } = shown;
  const rest = predictions.slice(SHOWN_LABELS).reduce((sum, { probability }) => sum + probability, 0);
  return (
    <>
      <ul class="studio-bars" aria-live="polite">
        {predictions.slice(0, SHOWN_LABELS).map(({ label, probability }) => (
          <li key={label}>
            <button
              type="button"
              aria-pressed={explanation?.label === label}
              title="Show why this label gets what it gets"
              onClick={() => {
                wanted.value = label;
                ask();
              }}
            >
              <bdi>{label}</bdi>
            </button>
            <meter min={0} max={1} value={probability} aria-label={`Probability of ${label}`} />
            <span>{percent(probability)}</span>
          </li>
        ))}
      </ul>
      {predictions.length > SHOWN_LABELS ? (
        <p class="bax-quiet">
          The other {predictions.length - SHOWN_LABELS} of {view.labels.length} labels together: {percent(rest)}
        </p>
      ) : null}
      {explanation ? <ReportElement of={shown} make={() => explained(explanation)} /> : null}
    </>
  );
}

/** Whether the numbers are folded out: they stay so from one key to the next. */
let areNumbersOpen = false;

function explained(explanation: ShownExplanation): HTMLElement {
  const all = document.createElement("div");
  all.append(legend(), explanationView(explanation, { open: areNumbersOpen }));
  const numbers = all.querySelector("details");
  numbers?.addEventListener("toggle", () => {
    areNumbersOpen = numbers.open;
  });
  return all;
}

function Near({ examples }: { examples: readonly NearExample[] }): JSX.Element {
  return (
    <section class="bax-section" aria-labelledby="near-title">
      <h2 id="near-title">Examples that the model sees as most alike</h2>
      <ol class="studio-near">
        {examples.map(({ example, text: other, labels, similarity }) => (
          <li key={example}>
            <span class="studio-chip">{labels.join(", ")}</span> <span dir="auto">{other}</span>{" "}
            <span class="bax-quiet">{percent(Math.max(0, similarity))} alike</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
