import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import type { ModelView, SmallerView } from "../session/protocol.ts";
import { megabytes, percent } from "./format.ts";
import { NothingYet } from "./nothingYet.tsx";
import { Snippets } from "./snippets.tsx";
import {
  changes,
  data,
  downloadData,
  downloadModel,
  downloadReport,
  hasUnlearnedChanges,
  model,
  shrink,
  tab,
} from "./state.ts";

/** Parts of the model's size that are offered, as percent. */
const LEAST_PERCENT = 2;
const wanted: Signal<number> = signal(10);
/** What was made, and of which model. */
const smaller: Signal<{ readonly of: ModelView; readonly made: SmallerView } | null> = signal(null);
const isShrinking: Signal<boolean> = signal(false);

/** The model to take along, smaller if need be; the data, the report, and how to use the model elsewhere. */
export function ShipTab(): JSX.Element {
  const view = model.value;
  if (!view)
    return (
      <NothingYet title="Ship" way="train" wayName="To the training">
        There is no model yet.
      </NothingYet>
    );
  return (
    <>
      <section class="bax-section" aria-labelledby="ship-title">
        <h2 id="ship-title">Take the model along</h2>
        <p class="bax-explanation">
          One file with everything in it: the words, the labels, the numbers. It is the same to the byte as the file
          that the command line makes of the same data with the same options.
        </p>
        {hasUnlearnedChanges.value ? <Unlearned /> : null}
        <p class="studio-row">
          <button type="button" class="studio-button" onClick={() => downloadModel(false)}>
            Download {view.name} ({megabytes(view.bytes)})
          </button>
          <button type="button" class="studio-quiet-button" onClick={() => downloadReport()}>
            Download the report
          </button>
        </p>
      </section>
      <Smaller view={view} />
      {data.value ? <Data /> : null}
      <Snippets file={view.name} />
    </>
  );
}

function Unlearned(): JSX.Element {
  return (
    <p class="bax-note">
      It has not learned what you changed on the tab Improve since.{" "}
      <button type="button" class="studio-quiet-button" onClick={() => (tab.value = "improve")}>
        Train again
      </button>
    </p>
  );
}

function Smaller({ view }: { view: ModelView }): JSX.Element {
  const bytes = Math.round((view.bytes * wanted.value) / 100);
  const made = smaller.value?.of === view ? smaller.value.made : null;
  return (
    <section class="bax-section" aria-labelledby="small-title">
      <h2 id="small-title">Make it smaller</h2>
      <p class="bax-explanation">
        For a page or a phone: numbers in fewer bits, and rare words left out where that is not enough.
      </p>
      <p class="studio-row">
        <label class="bax-control">
          <span>
            At most {wanted.value} % of its size: {megabytes(bytes)}
          </span>
          <input
            type="range"
            min={LEAST_PERCENT}
            max={50}
            value={wanted.value}
            onInput={(event) => {
              wanted.value = Number(event.currentTarget.value);
              smaller.value = null;
            }}
          />
        </label>
        <button
          type="button"
          class="studio-quiet-button"
          disabled={isShrinking.value}
          onClick={async () => {
            isShrinking.value = true;
            const found = await shrink(bytes);
            smaller.value = found ? { of: view, made: found } : null;
            isShrinking.value = false;
          }}
        >
          {isShrinking.value ? "One moment …" : "Make it"}
        </button>
      </p>
      {made ? (
        <>
          <p aria-live="polite">{costOf(made)}</p>
          <button type="button" class="studio-button" onClick={() => downloadModel(true)}>
            Download the small model ({megabytes(made.bytes)})
          </button>
        </>
      ) : null}
    </section>
  );
}

function costOf({ agreement, accuracyBefore, accuracyAfter, texts }: SmallerView): string {
  if (agreement === null || accuracyBefore === null || accuracyAfter === null)
    return "Open the data too, and you see here what the smaller size costs.";
  return (
    `On ${texts.toLocaleString("en-GB")} of your texts it says the same as the large model in ${percent(agreement)}; ` +
    `its label is right on ${percent(accuracyAfter)}, the large model's on ${percent(accuracyBefore)}. ` +
    "Both have learned from these texts, so look at the difference, not at the height."
  );
}

function Data(): JSX.Element {
  const count = changes.value;
  return (
    <section class="bax-section" aria-labelledby="cleaned-title">
      <h2 id="cleaned-title">Take the data along</h2>
      <p class="bax-explanation">
        {count === 0
          ? "Your data as a CSV file; nothing was changed in them here."
          : `Your data as a CSV file, with the ${count} ${count === 1 ? "change" : "changes"} that you made on the tab Improve.`}
      </p>
      <button type="button" class="studio-quiet-button" onClick={() => downloadData()}>
        Download the data
      </button>
    </section>
  );
}
