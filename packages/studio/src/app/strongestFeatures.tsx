import { sortableTable } from "@bax/report/components";
import { type Signal, signal } from "@preact/signals";
import type { LabelFeatures } from "bax";
import type { FunctionComponent, JSX } from "preact";
import { memo } from "preact/compat";
import { useEffect } from "preact/hooks";
import type { ModelView } from "../session/protocol.ts";
import { capital } from "./format.ts";
import { ReportElement } from "./reportElement.tsx";
import { strongest } from "./state.ts";

/** Of which model, and what was found for its label; null while it is looked for, or where that is not possible. */
const found: Signal<{
  readonly of: ModelView;
  readonly label: string;
  readonly features: LabelFeatures | null;
} | null> = signal(null);

async function look(of: ModelView, label: string): Promise<void> {
  found.value = { of, label, features: null };
  const features = (await strongest(label)) ?? null;
  // Another label may have been asked for meanwhile.
  if (found.value?.of === of && found.value.label === label) found.value = { of, label, features };
}

/** What speaks loudest for a label, in the examples that have it. Not made anew while somebody types a text beside it. */
export const StrongestFeatures: FunctionComponent<{ view: ModelView }> = memo(({ view }: { view: ModelView }) => {
  const now = found.value?.of === view ? found.value : null;
  useEffect(() => {
    if (found.value?.of !== view) look(view, view.labels[0]);
  }, [view]);
  return (
    <section class="bax-section" aria-labelledby="strongest-title">
      <h2 id="strongest-title">What speaks for a label</h2>
      <p class="bax-explanation">
        Words, pairs and pieces of words that say most for a label, over all of its examples: how strong each is times
        how often it is there.
      </p>
      <p class="bax-control studio-narrow-control">
        <label for="strongest-label">Label</label>{" "}
        <select
          id="strongest-label"
          value={now?.label ?? view.labels[0]}
          onChange={(event) => look(view, event.currentTarget.value)}
        >
          {view.labels.map((label) => (
            <option key={label} value={label}>
              {label}
            </option>
          ))}
        </select>
      </p>
      {now?.features ? <Features features={now.features} /> : null}
    </section>
  );
});

function Features({ features }: { features: LabelFeatures }): JSX.Element {
  if (features.features.length === 0)
    return <p class="bax-note">Nothing in its {features.examples} examples speaks for this label.</p>;
  return <ReportElement of={features} make={() => tableOf(features)} />;
}

function tableOf({ label, examples, features }: LabelFeatures): HTMLElement {
  const most = features[0].influence;
  return sortableTable<LabelFeatures["features"][number]>({
    caption: `What speaks for ${label}, by ${examples.toLocaleString("en-GB")} examples`,
    columns: [
      { head: "Feature", cell: ({ feature }) => feature, key: ({ feature }) => feature, isName: true },
      { head: "Kind", isText: true, cell: ({ kind }) => capital(kind), key: ({ kind }) => kind },
      {
        head: "Adds",
        meaning: "To the score of the label on average, beyond what it adds to all labels",
        cell: ({ influence }) => `+${influence.toFixed(3)}`,
        key: ({ influence }) => influence,
        share: ({ influence }) => influence / most,
      },
      {
        head: "Examples",
        meaning: "Of this label that have it",
        cell: ({ examples: having }) => having.toLocaleString("en-GB"),
        key: ({ examples: having }) => having,
      },
    ],
    rows: features,
    most: 20,
  });
}
