// What a model learns while it learns: light enough to be drawn anew many times a second.
import type { JSX } from "preact";
import { percent } from "./format.ts";

const WIDTH = 480;
const HEIGHT = 160;
const MARGIN = 28;

/** From 0 to 1 along the picture. */
function x(share: number): number {
  return MARGIN + (WIDTH - 2 * MARGIN) * share;
}

/** From 0 to 1 up the picture. */
function y(share: number): number {
  return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share;
}

/** The loss as it falls: first while it learns to be measured, then from everything. */
export function LossPicture({ losses }: { losses: readonly { at: number; loss: number }[] }): JSX.Element | null {
  if (losses.length < 2) return null;
  const most = losses.reduce((found, { loss }) => Math.max(found, loss), 0);
  const halves = [losses.filter(({ at }) => at < 1), losses.filter(({ at }) => at >= 1)];
  return (
    <figure class="bax-figure">
      <svg class="studio-live" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="The loss so far">
        <line x1={x(0)} x2={x(1)} y1={y(0)} y2={y(0)} />
        <line x1={x(0.5)} x2={x(0.5)} y1={MARGIN / 2} y2={y(0)} stroke-dasharray="2 4" />
        <text x={x(0)} y={HEIGHT - 8}>
          to measure
        </text>
        <text x={x(0.5) + 6} y={HEIGHT - 8}>
          from everything
        </text>
        {halves.map((half) =>
          half.length > 1 ? (
            <polyline
              key={half[0].at < 1 ? "measure" : "all"}
              points={half.map(({ at, loss }) => `${x(at / 2)},${y(loss / most)}`).join(" ")}
            />
          ) : null,
        )}
      </svg>
      <figcaption>The loss: how surprised the model is by the right labels. It falls as the model learns.</figcaption>
    </figure>
  );
}

/** The share of right labels in the held-out part after each epoch; the lowest of them is the floor. */
export function AccuracyPicture({
  accuracies,
  epochs,
}: {
  accuracies: readonly number[];
  epochs: number;
}): JSX.Element | null {
  if (accuracies.length === 0) return null;
  const least = Math.min(...accuracies);
  const range = Math.max(...accuracies) - least || 1;
  const places = accuracies.map((accuracy, i) => ({
    at: x(i / Math.max(1, epochs - 1)),
    up: y((accuracy - least) / range),
  }));
  const now = percent(accuracies[accuracies.length - 1]);
  return (
    <figure class="bax-figure">
      <svg
        class="studio-live"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Right on the held-out part: ${now}`}
      >
        <line x1={x(0)} x2={x(1)} y1={y(0)} y2={y(0)} />
        <text x={x(0)} y={HEIGHT - 8}>
          epoch 1
        </text>
        <text x={x(1)} y={HEIGHT - 8} text-anchor="end">
          epoch {epochs}
        </text>
        <polyline class="studio-held-out" points={places.map(({ at, up }) => `${at},${up}`).join(" ")} />
        {places.map(({ at, up }) => (
          <circle key={at} cx={at} cy={up} r={3} />
        ))}
      </svg>
      <figcaption>
        Right labels in the part that was held out: {percent(accuracies[0])} after the first epoch, now {now}.
      </figcaption>
    </figure>
  );
}
