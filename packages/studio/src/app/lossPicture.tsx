import type { JSX } from "preact";

const WIDTH = 640;
const HEIGHT = 160;
const MARGIN = 28;

/** The loss as it falls, while a model learns: light enough to be drawn anew many times a second. */
export function LossPicture({ losses }: { losses: readonly { at: number; loss: number }[] }): JSX.Element | null {
  if (losses.length < 2) return null;
  const most = losses.reduce((found, { loss }) => Math.max(found, loss), 0);
  const x = (at: number): number => MARGIN + ((WIDTH - 2 * MARGIN) * at) / 2;
  const y = (loss: number): number => HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * loss) / most;
  const halves = [losses.filter(({ at }) => at < 1), losses.filter(({ at }) => at >= 1)];
  return (
    <figure class="bax-figure">
      <svg class="studio-loss" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="The loss so far">
        <line x1={MARGIN} x2={WIDTH - MARGIN} y1={y(0)} y2={y(0)} />
        <line x1={x(1)} x2={x(1)} y1={MARGIN / 2} y2={y(0)} stroke-dasharray="2 4" />
        <text x={MARGIN} y={HEIGHT - 8}>
          to measure
        </text>
        <text x={x(1) + 6} y={HEIGHT - 8}>
          from everything
        </text>
        {halves.map((half) =>
          half.length > 1 ? (
            <polyline
              key={half[0].at < 1 ? "measure" : "all"}
              points={half.map(({ at, loss }) => `${x(at)},${y(loss)}`).join(" ")}
            />
          ) : null,
        )}
      </svg>
      <figcaption>The loss: how surprised the model is by the right labels. It falls as the model learns.</figcaption>
    </figure>
  );
}
