import type { TuneTrial } from "bax";
import { flagsOf } from "../commands/flags.ts";
import { duration, fileSize, percent } from "./numbers.ts";
import { shellLine } from "./shell.ts";

/** How a figure is shown: shares in percent, losses as they are. */
function figure(metric: string, value: number | null): string {
  if (value === null) return "–";
  return metric === "log-loss" ? value.toFixed(4) : percent(value, 2);
}

/** The metric and what else is shown of it is as wide as this at the least. */
const WIDTH = 9;

/** What a search goes by: with a limit on the time of a text, that time is shown too. */
export interface ShownTargets {
  readonly metric: string;
  readonly microseconds?: number | undefined;
}

/** The heads of the columns of `trialLine`. */
export function trialHead({ metric, microseconds }: ShownTargets): string {
  const head = metric.padStart(Math.max(WIDTH, metric.length));
  const text = microseconds === undefined ? "" : "    a text";
  return `trial  ${head}  to the defaults   measured      size${text}    time  flags\n`;
}

/** A trial that has ended, on one line. */
export function trialLine({ metric, microseconds }: ShownTargets, trial: TuneTrial): string {
  const { number, outcome, score, gain, error, price, bytes, seconds, changes } = trial;
  const isFirst = number === 1;
  const beside = gain === null || error === null ? "" : difference(metric, gain, error);
  const why =
    outcome === "measured" ? "" : `${outcome === "failed" ? "failed: the loss left the range of numbers" : outcome}  `;
  const cells = [
    String(number).padStart(5),
    figure(metric, score).padStart(Math.max(WIDTH, metric.length)),
    beside.padStart(15),
    (outcome === "measured" ? percent(price, 0) : "–").padStart(9),
    fileSize(bytes).padStart(8),
    ...(microseconds === undefined ? [] : [`${trial.microseconds.toFixed(1)} µs`.padStart(8)]),
    duration(seconds).padStart(6),
    why + (isFirst && Object.keys(changes).length === 0 ? "(the defaults)" : shellLine(flagsOf(changes))),
  ];
  return `${cells.join("  ").trimEnd()}\n`;
}

/** How much better, in points of a hundredth where the metric is a share: "+0.21 ± 0.23". More is better whatever the metric. */
export function difference(metric: string, gain: number, error: number): string {
  const [scale, digits] = metric === "log-loss" ? [1, 4] : [100, 2];
  const shown = Math.abs(gain * scale).toFixed(digits);
  return `${gain < 0 ? "−" : "+"}${shown} ± ${(error * scale).toFixed(digits)}`;
}
