import { measuredFigures, measuredSections } from "@bax/report/components";
import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import type { ModelView, TestedView } from "../session/protocol.ts";
import { NothingYet } from "./nothingYet.tsx";
import { ReportElement } from "./reportElement.tsx";
import { data, isBusy, model, stop, test, testing } from "./state.ts";

/** Whether the last test is shown where training has measured, too. */
const wantsTest: Signal<boolean> = signal(false);

/** The figures and pictures of the report, for the model at hand. */
export function EvaluateTab(): JSX.Element {
  const view = model.value;
  if (!view)
    return (
      <NothingYet title="Evaluate" way="train" wayName="To the training">
        There is no model yet.
      </NothingYet>
    );
  const heldOut = view.measured && { measured: view.measured, shownLabels: view.shownLabels };
  const shown = (wantsTest.value ? (view.tested ?? heldOut) : (heldOut ?? view.tested)) ?? null;
  return (
    <>
      <section class="bax-section" aria-labelledby="evaluate-title">
        <h2 id="evaluate-title">How good it is</h2>
        <p class="bax-explanation">
          {shown ? "Only texts that the model has not learned from tell how good it will be." : view.notMeasured}
        </p>
        {heldOut && view.tested ? <Choice view={view} shown={shown} /> : null}
        {shown ? <ReportElement of={shown.measured} make={() => measuredFigures(shown.measured)} /> : null}
        {testing.value === null ? <Tester view={view} /> : <Running fraction={testing.value} />}
      </section>
      {shown ? <ReportElement of={shown.measured} make={() => sectionsOf(shown)} /> : null}
    </>
  );
}

function sectionsOf({ measured, shownLabels }: TestedView): HTMLElement {
  const all = document.createElement("div");
  all.append(...measuredSections(shownLabels, measured));
  return all;
}

/** Which measurement is shown. */
function Choice({ view, shown }: { view: ModelView; shown: TestedView | null }): JSX.Element {
  const isTest = shown === view.tested;
  return (
    <fieldset class="studio-choice">
      <legend>Measured on</legend>
      {[false, true].map((test) => (
        <label key={String(test)}>
          <input
            type="radio"
            name="measured"
            checked={test === isTest}
            onChange={() => {
              wantsTest.value = test;
            }}
          />{" "}
          {test ? view.tested?.measured.name : view.measured?.name}
        </label>
      ))}
    </fieldset>
  );
}

/** Files that the model can be measured on. */
function Tester({ view }: { view: ModelView }): JSX.Element {
  const run = async (file: File | null): Promise<void> => {
    if (await test(file)) wantsTest.value = true;
  };
  return (
    <p class="studio-row">
      <label class="studio-quiet-button">
        Measure it on a test file
        <input
          type="file"
          class="studio-hidden-input"
          disabled={isBusy.value}
          onChange={(event) => {
            const input = event.currentTarget;
            const [file] = input.files ?? [];
            if (file) run(file);
            input.value = "";
          }}
        />
      </label>
      {data.value && !view.measured ? (
        <button type="button" class="studio-quiet-button" disabled={isBusy.value} onClick={() => run(null)}>
          Measure it on {data.value.name}
        </button>
      ) : null}
      <span class="bax-quiet">as bax test does; with labels, as the data to learn from</span>
    </p>
  );
}

function Running({ fraction }: { fraction: number }): JSX.Element {
  return (
    <p class="studio-progress" aria-live="polite">
      <label for="testing">Measuring</label>
      <progress id="testing" max={1} value={fraction} />
      <button type="button" class="studio-quiet-button" onClick={() => stop(false)}>
        Stop
      </button>
    </p>
  );
}
