import type { JSX } from "preact";
import { lazy, Suspense } from "preact/compat";
import type { ModelView } from "../session/protocol.ts";
import { duration, megabytes, percent } from "./format.ts";
import { AccuracyPicture, LossPicture } from "./livePictures.tsx";
import { NothingYet } from "./nothingYet.tsx";
import { OptionsForm } from "./optionsForm.tsx";
import { data, isBlocked, model, stop, type Training, tab, train, training } from "./state.ts";

/** Pictures are drawn by code that is loaded when there is one. */
const LearningCurve = lazy(() => import("./learningCurve.tsx").then(({ LearningCurve }) => LearningCurve));

/** One button; what it does while it does it; what came of it. */
export function TrainTab(): JSX.Element {
  const now = training.value;
  if (!data.value)
    return (
      <NothingYet title="Train" way="data" wayName="To the data">
        There is nothing to learn from yet. Bring labelled texts first.
      </NothingYet>
    );
  return (
    <>
      <section class="bax-section" aria-labelledby="train-title">
        <h2 id="train-title">Train</h2>
        <p class="bax-explanation">
          bax reads your examples, holds a tenth of them out to see how good it is on texts that it has not seen, and
          then learns from all of them.
        </p>
        {now ? (
          <Running now={now} />
        ) : (
          <>
            <button type="button" class="studio-button" disabled={isBlocked.value} onClick={() => train()}>
              {model.value ? "Train again" : "Train"}
            </button>
            {isBlocked.value ? <p class="bax-note">The data cannot be learned from yet: see the tab Data.</p> : null}
            <OptionsForm />
          </>
        )}
      </section>
      {!now && model.value ? <Done view={model.value} /> : null}
    </>
  );
}

const PHASES = {
  read: "Reading the texts",
  validate: "Learning, to measure",
  train: "Learning from everything",
} as const;

function Running({ now }: { now: Training }): JSX.Element {
  const { step, losses, accuracies, messages, isStopping } = now;
  return (
    <div>
      <p class="studio-progress" aria-live="polite">
        <label for="training">{step ? PHASES[step.phase] : "Beginning"}</label>
        <progress id="training" max={1} value={step?.fraction ?? 0} />
      </p>
      <dl class="bax-figures">
        <Figure name="Epoch" value={step && step.epochs > 0 ? `${step.epoch} of ${step.epochs}` : "–"} />
        <Figure name="Loss" value={step && step.loss > 0 ? step.loss.toFixed(3) : "–"} />
        <Figure
          name="Examples a second"
          value={step && step.examplesPerSecond > 0 ? Math.round(step.examplesPerSecond).toLocaleString("en-GB") : "–"}
        />
        <Figure name="Time left" value={step ? duration(step.secondsLeft) : "–"} />
      </dl>
      <div class="bax-columns">
        <LossPicture losses={losses} />
        <AccuracyPicture accuracies={accuracies} epochs={step?.epochs ?? 0} />
      </div>
      {messages.map((message) => (
        <p key={message} class="bax-note">
          {message}
        </p>
      ))}
      <p class="studio-row">
        <button type="button" class="studio-button" disabled={isStopping} onClick={() => stop(true)}>
          Stop, and keep what is learned
        </button>
        <button type="button" class="studio-quiet-button" disabled={isStopping} onClick={() => stop(false)}>
          Stop, and forget it
        </button>
      </p>
    </div>
  );
}

function Figure({ name, value }: { name: string; value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="bax-value">{value}</dd>
    </div>
  );
}

function Done({ view }: { view: ModelView }): JSX.Element {
  const { measured, notMeasured, curve, facts, notes } = view;
  const evaluation = measured?.evaluation;
  return (
    <>
      <section class="bax-section" aria-labelledby="done-title">
        <h2 id="done-title">Your model</h2>
        {evaluation ? (
          <p class="studio-verdict">
            <strong>{percent(evaluation.accuracy)}</strong> of the texts that it had not seen got the right label:{" "}
            {evaluation.examples.toLocaleString("en-GB")} were held out, so that the true share lies between{" "}
            {percent(evaluation.intervals.accuracy[0])} and {percent(evaluation.intervals.accuracy[1])} most likely.
          </p>
        ) : (
          <p class="bax-note">{notMeasured}</p>
        )}
        <dl class="bax-figures">
          <Figure name="Labels" value={facts.labels.toLocaleString("en-GB")} />
          <Figure name="Features" value={facts.features.toLocaleString("en-GB")} />
          <Figure name="Size" value={megabytes(view.bytes)} />
          <Figure name="Took" value={facts.seconds ? duration(facts.seconds.total) : "–"} />
        </dl>
        {notes.length > 0 ? (
          <ul class="bax-remarks">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        ) : null}
        <p class="studio-row">
          <button
            type="button"
            class="studio-button"
            onClick={() => {
              tab.value = "evaluate";
            }}
          >
            Next: see what it gets wrong
          </button>
          <button
            type="button"
            class="studio-quiet-button"
            onClick={() => {
              tab.value = "understand";
            }}
          >
            Try it on a text
          </button>
        </p>
      </section>
      {curve.length > 0 ? (
        <Suspense fallback={null}>
          <LearningCurve curve={curve} />
        </Suspense>
      ) : null}
    </>
  );
}
