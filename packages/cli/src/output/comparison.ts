import path from "node:path";
import type { Comparison, Difference, Evaluation } from "bax";
import { count, percent, percentRange } from "./numbers.ts";
import { formatTable } from "./table.ts";

/** What `bax test a b` prints for a reader. `files`: of the models a and b. */
export function formatComparison(comparison: Comparison, files: readonly [string, string]): string {
  const { a, b, difference, mcNemar } = comparison;
  const both = (of: (evaluation: Evaluation) => string): string[] => [of(a), of(b)];
  const shares = both((e) => `${percent(e.accuracy)} (${percentRange(e.intervals.accuracy)})`);
  const rows = [
    ["accuracy", ...shares, inPoints(difference.accuracy)],
    ["macro F1", ...both((e) => percent(e.macroF1)), inPoints(difference.macroF1)],
    ["log loss", ...both((e) => (e.logLoss === null ? "–" : e.logLoss.toFixed(4))), ""],
    ["Brier score", ...both((e) => (e.brier === null ? "–" : e.brier.toFixed(4))), ""],
    ["calibration", ...both((e) => percent(e.ece)), ""],
    ["labels", ...both((e) => e.labels.toLocaleString("en-GB")), ""],
    ["only it right", ...[mcNemar.onlyA, mcNemar.onlyB].map((n) => n.toLocaleString("en-GB")), chance(comparison)],
  ];
  const [nameA, nameB] = shortest(files);
  const head = count(comparison.examples, "example");
  const table = formatTable(
    [{ head }, { head: `a: ${nameA}` }, { head: `b: ${nameB}` }, { head: "b − a, in points (95 %)" }],
    rows,
    60,
  );
  return `${table}\n${verdict(comparison)}\n`;
}

/** Names without their folders, where these do not tell them apart. */
function shortest(files: readonly [string, string]): readonly [string, string] {
  const [a, b] = files.map((file) => path.basename(file));
  return a === b ? files : [a, b];
}

function chance({ mcNemar }: Comparison): string {
  return `p = ${pValue(mcNemar.pValue)} (McNemar, exact)`;
}

/** "+0.42 (−0.10 to +0.94)". */
function inPoints({ value, interval }: Difference): string {
  const [low, high] = interval.map(signed);
  return `${signed(value)} (${low} to ${high})`;
}

function signed(share: number): string {
  const shown = Math.abs(share * 100).toFixed(2);
  return `${share < 0 && Number(shown) !== 0 ? "−" : "+"}${shown}`;
}

/** Two digits that matter; what is very small is below something. */
function pValue(p: number): string {
  if (p < 1e-4) return "below 0.0001";
  if (p >= 0.995) return "1";
  return Number(p.toPrecision(2)).toString();
}

function verdict({ better, mcNemar }: Comparison): string {
  const { onlyA, onlyB } = mcNemar;
  const split = `${onlyA.toLocaleString("en-GB")} to ${onlyB.toLocaleString("en-GB")}`;
  if (onlyA + onlyB === 0) return "no difference can be told: a and b are right on the same examples";
  if (better === null) {
    return (
      `no difference can be told: of the examples that only one of them has right, a split as uneven as ${split} ` +
      `comes by chance with p = ${pValue(mcNemar.pValue)}`
    );
  }
  const [more, less] = better === "b" ? [onlyB, onlyA] : [onlyA, onlyB];
  const p = mcNemar.pValue < 1e-4 ? "less than 1 time in 10,000" : `with p = ${pValue(mcNemar.pValue)}`;
  return (
    `${better} is better: it alone is right on ${count(more, "example")}, the other alone on ${less.toLocaleString("en-GB")}; ` +
    `so uneven a split comes by chance ${p}`
  );
}
