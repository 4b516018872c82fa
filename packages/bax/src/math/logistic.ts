import { exp, log } from "./elementary.ts";

/** σ(s) = 1 / (1 + e^{−s}), from 0 to 1 for any finite s: the exponent is never positive, so nothing overflows. */
export function sigmoid(s: number): number {
  const e = exp(-Math.abs(s));
  return (s < 0 ? e : 1) / (1 + e);
}

/** log σ(s) = −max(−s, 0) − log(1 + e^{−|s|}): finite for any finite s, where the log of a rounded σ would not be. */
export function logSigmoid(s: number): number {
  return -Math.max(-s, 0) - log(1 + exp(-Math.abs(s)));
}
