/** Slope and curvature of a function of one variable. */
export interface Derivatives {
  slope: number;
  curvature: number;
}

const MOST_STEPS = 60;
/** Steps shorter than this share of x end the search: by then the next one would be far shorter still. */
const CLOSE = 1e-4;

/**
 * Where a convex function has its minimum between `low` and `high`: Newton's steps, and a halving of the bracket wherever such a step would
 * leave it. Deterministic.
 */
export function minimum(derivatives: (x: number) => Derivatives, start: number, low: number, high: number): number {
  let x = start;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slope, curvature } = derivatives(x);
    if (slope > 0) high = x;
    else low = x;
    let next = curvature > 0 ? x - slope / curvature : Number.NaN;
    if (!(low < next && next < high)) next = (low + high) / 2;
    if (Math.abs(next - x) <= CLOSE * x) return next;
    x = next;
  }
  return x;
}
