import type { JSX } from "preact";
import type { LearnStore } from "./store.ts";

const RATES = [0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5];

/** Learning rate, batch, dimension and seed. */
export function Controls({ store }: { readonly store: LearnStore }): JSX.Element {
  const { settings, problem } = store.lesson.value;
  const most = problem.sentences.length;
  const batchSize = Math.min(settings.batchSize, most);
  return (
    <div class="bax-controls learn-controls">
      <Slider
        name="Learning rate η"
        least={0}
        most={RATES.length - 1}
        value={RATES.indexOf(settings.learningRate)}
        says={`${settings.learningRate}`}
        onMove={(index) => store.setLearningRate(RATES[index])}
      />
      <Slider
        name="Sentences a step (batch)"
        least={1}
        most={most}
        value={batchSize}
        says={batchSize === most ? `all ${most}` : `${batchSize} of ${most}`}
        onMove={(size) => store.setBatchSize(size)}
      />
      <Slider
        name="Hidden numbers D"
        least={2}
        most={4}
        value={settings.dimension}
        says={`${settings.dimension}`}
        onMove={(dimension) => store.setDimension(dimension)}
      />
      <label class="bax-control">
        Seed
        <input
          class="learn-seed"
          type="number"
          step={1}
          value={settings.seed}
          onChange={(event) => store.setSeed(event.currentTarget.valueAsNumber)}
        />
      </label>
      <p class="learn-hint">Another D or seed starts again. Choosing the same seed gives the same numbers.</p>
    </div>
  );
}

/** A slider with its name above and its value beside the name. */
export function Slider(props: {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly value: number;
  readonly says: string;
  readonly onMove: (value: number) => void;
}): JSX.Element {
  return (
    <label class="bax-control bax-slider">
      <span class="learn-slider-name">
        {props.name}{" "}
        <span class="learn-slider-value" aria-hidden="true">
          {props.says}
        </span>
      </span>
      <input
        type="range"
        min={props.least}
        max={props.most}
        step={1}
        value={props.value}
        aria-valuetext={props.says}
        disabled={props.least === props.most}
        onInput={(event) => props.onMove(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}
