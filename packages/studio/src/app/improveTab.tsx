import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { DecisionView, ModelView, Suspect, SuspectsView } from "../session/protocol.ts";
import { capital, percent } from "./format.ts";
import { NothingYet } from "./nothingYet.tsx";
import {
  changes,
  data,
  decide,
  decisions,
  earlier,
  findSuspects,
  isBusy,
  model,
  searching,
  stop,
  suspects,
  train,
  training,
} from "./state.ts";

/** The suspect that is looked at. */
const current: Signal<number> = signal(0);
/** Suspects that the list shows around it. */
const AROUND = 6;

/** Wrong labels: found, looked through, mended, learned from anew. */
export function ImproveTab(): JSX.Element {
  if (!data.value)
    return (
      <NothingYet title="Improve" way="data" wayName="To the data">
        There is no data yet to be improved.
      </NothingYet>
    );
  return (
    <>
      <section class="bax-section" aria-labelledby="improve-title">
        <h2 id="improve-title">Find wrong labels</h2>
        <p class="bax-explanation">
          Labels are given by people, and people slip. Five models each learn from four fifths of your data and read the
          rest. Where they are sure of another label than the one that is there, have a look.
        </p>
        {searching.value !== null ? (
          <>
            <p class="studio-progress">
              <label for="searching">Learning, to look with other eyes</label>
              <progress id="searching" max={1} value={searching.value} />
            </p>
            <button type="button" class="studio-quiet-button" onClick={() => stop(false)}>
              Stop
            </button>
          </>
        ) : (
          <button
            type="button"
            class={suspects.value ? "studio-quiet-button" : "studio-button"}
            disabled={isBusy.value}
            onClick={async () => {
              current.value = 0;
              await findSuspects();
            }}
          >
            {suspects.value ? "Look again" : "Look for wrong labels"}
          </button>
        )}
      </section>
      {suspects.value && searching.value === null ? <Review found={suspects.value} /> : null}
      {changes.value > 0 ? <Again /> : null}
    </>
  );
}

function Review({ found }: { found: SuspectsView }): JSX.Element {
  const { suspects: all, notes } = found;
  const place = Math.min(current.value, all.length - 1);
  const card = useRef<HTMLElement>(null);
  // The keys work as soon as there is something to decide.
  useEffect(() => card.current?.focus(), [found]);
  if (all.length === 0)
    return <p class="bax-note">Nothing suspicious: the models agree with your labels wherever they are sure.</p>;
  const last = all.length - 1;
  // What is looked at when a key is pressed, which may be before the page has been drawn anew.
  const choose = (decisionOn: (suspect: Suspect) => DecisionView["decision"] | undefined): void => {
    const suspect = all[Math.min(current.value, last)];
    const decision = decisionOn(suspect);
    if (decision === undefined) return;
    decide(suspect.example, decision);
    go(1);
  };
  const go = (step: number): void => {
    current.value = Math.max(0, Math.min(current.value + step, last));
  };
  const keys: Readonly<Record<string, () => void>> = {
    f: () => choose(suggestionOf),
    k: () => choose(() => "keep"),
    r: () => choose(() => null),
    ArrowDown: () => go(1),
    ArrowUp: () => go(-1),
  };
  return (
    <section
      ref={card}
      class="bax-section studio-review"
      aria-labelledby="review-title"
      tabIndex={-1}
      onKeyDown={(event) => {
        const act = keys[event.key];
        if (!act || event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
        event.preventDefault();
        act();
      }}
    >
      <h2 id="review-title">
        {place + 1} of {all.length}
      </h2>
      <p class="bax-explanation">
        Keys: <kbd>F</kbd> fix, <kbd>K</kbd> keep, <kbd>R</kbd> remove, <kbd>↑</kbd> <kbd>↓</kbd> go through the list.
        Roughly {found.estimate.toLocaleString("en-GB")} labels of the data are wrong.
      </p>
      <Card suspect={all[place]} choose={(decision) => choose(() => decision)} />
      <List all={all} place={place} />
      {notes.length > 0 ? (
        <ul class="bax-remarks">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function Card({
  suspect,
  choose,
}: {
  suspect: Suspect;
  choose: (decision: DecisionView["decision"]) => void;
}): JSX.Element {
  const { text, labels, reason, example } = suspect;
  const suggestion = suggestionOf(suspect);
  const names = model.value?.labels ?? data.value?.labels ?? [];
  return (
    <div class="studio-card" aria-live="polite">
      <p class="studio-suspect" dir="auto">
        {text}
      </p>
      <p>{capital(reason)}.</p>
      <p class="studio-row">
        {suggestion !== undefined ? (
          <button type="button" class="studio-button" onClick={() => choose(suggestion)}>
            Fix: {suggestion === null ? "take it out" : suggestion.join(", ")}
          </button>
        ) : null}
        <button type="button" class="studio-quiet-button" onClick={() => choose("keep")}>
          Keep: {labels.join(", ")}
        </button>
        {suggestion === null ? null : (
          <button type="button" class="studio-quiet-button" onClick={() => choose(null)}>
            Remove
          </button>
        )}
        <label class="bax-control">
          <span>Or another label</span>
          <select
            key={example}
            value=""
            onChange={(event) => {
              if (event.currentTarget.value !== "") choose([event.currentTarget.value]);
            }}
          >
            <option value="">choose</option>
            {names.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </p>
    </div>
  );
}

/** What "fix" does; undefined where a person has to decide. */
function suggestionOf({ suggested }: Suspect): readonly string[] | null | undefined {
  return suggested === "remove" ? null : (suggested ?? undefined);
}

function List({ all, place }: { all: readonly Suspect[]; place: number }): JSX.Element {
  const from = Math.max(0, Math.min(place - AROUND / 2, all.length - AROUND - 1));
  return (
    <ol class="studio-suspects" start={from + 1}>
      {all.slice(from, from + AROUND + 1).map((suspect, i) => (
        <li key={suspect.example}>
          <button
            type="button"
            aria-current={from + i === place ? "true" : undefined}
            onClick={() => {
              current.value = from + i;
            }}
          >
            <span class="studio-chip">{told(decisions.value.get(suspect.example))}</span>{" "}
            <span dir="auto">{suspect.text.slice(0, 90)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function told(decision: DecisionView["decision"] | undefined): string {
  if (decision === undefined) return "open";
  if (decision === null) return "removed";
  return decision === "keep" ? "kept" : `now ${decision.join(", ")}`;
}

function Again(): JSX.Element {
  const before = earlier.value;
  const after = model.value;
  return (
    <section class="bax-section" aria-labelledby="again-title">
      <h2 id="again-title">
        {changes.value} {changes.value === 1 ? "change" : "changes"}
      </h2>
      <p class="bax-explanation">
        Learn again, from the data as they are now. The file that you opened stays as it is.
      </p>
      {training.value ? (
        <p class="studio-progress">
          <label for="again">Learning</label>
          <progress id="again" max={1} value={training.value.step?.fraction ?? 0} />
        </p>
      ) : (
        <button type="button" class="studio-button" disabled={isBusy.value} onClick={() => train()}>
          Train again
        </button>
      )}
      {before && after && !training.value ? <Changed before={before} after={after} /> : null}
    </section>
  );
}

function Changed({ before, after }: { before: ModelView; after: ModelView }): JSX.Element | null {
  const [old, now] = [before.measured?.evaluation, after.measured?.evaluation];
  if (!old || !now) return null;
  return (
    <table class="studio-table studio-narrow">
      <caption>What changed, on the part that was held out each time</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">before</th>
          <th scope="col">now</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">right labels</th>
          <td>{percent(old.accuracy)}</td>
          <td>{percent(now.accuracy)}</td>
        </tr>
        <tr>
          <th scope="row">mean F1 of the labels</th>
          <td>{percent(old.macroF1)}</td>
          <td>{percent(now.macroF1)}</td>
        </tr>
        <tr>
          <th scope="row">texts held out</th>
          <td>{old.examples.toLocaleString("en-GB")}</td>
          <td>{now.examples.toLocaleString("en-GB")}</td>
        </tr>
      </tbody>
    </table>
  );
}
