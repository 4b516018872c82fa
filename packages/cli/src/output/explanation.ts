import type { Explanation, ExplanationFeature, ExplanationSpan, LabelFeatures, NearExample } from "bax";
import { count, percent } from "./numbers.ts";
import { formatTable } from "./table.ts";

const STRONGEST = 12;
const FEATURES = 6;
/** A text in a table is cut here. */
const LONGEST = 100;
const FOR = "\u001b[32m";
const AGAINST = "\u001b[31m";
const BOLD = "\u001b[1m";
const PLAIN = "\u001b[0m";

/**
 * What `bax explain` prints for a reader: the answer, the text with its strongest spans marked, each span's share of the logit, and the sum.
 *
 * On a terminal green speaks for the label and red against it, bold where it speaks loudest.
 */
export function formatExplanation(text: string, explanation: Explanation, colour: boolean): string {
  const { label, against, probability, logit, bias, spans } = explanation;
  const strongest = [...spans]
    .filter((span) => span.contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.start - b.start);
  const shown = strongest.slice(0, STRONGEST);
  const rest = strongest.slice(STRONGEST).reduce((sum, span) => sum + span.contribution, 0);
  const rows = shown.map((span) => [name(span), signed(span.contribution)]);
  if (strongest.length > STRONGEST) rows.push([`${strongest.length - STRONGEST} more`, signed(rest)]);
  rows.push([against === null ? "= logit" : "= difference of logits", signed(logit)]);
  if (bias !== 0) rows.push(["calibration adds", signed(bias)]);
  const head = `${label}  ${percent(probability)}${against === null ? "" : `, against ${against}`}`;
  const table = formatTable([{ head: "span" }, { head: "contribution", align: "right" }], rows);
  return `${colour ? `${BOLD}${head}${PLAIN}` : head}\n${colour ? paint(text, shown) : text}\n${table}${featureTable(explanation)}\n`;
}

/** Words and n-grams that count most, whichever spans they lie in; the same one at several places is told once. */
function featureTable({ features, spans }: Explanation): string {
  const sums = new Map<string, ExplanationFeature>();
  for (const feature of features) {
    const key = `${feature.kind} ${feature.text}`;
    const known = sums.get(key);
    sums.set(key, known ? { ...known, contribution: known.contribution + feature.contribution } : feature);
  }
  const strongest = [...sums.values()]
    .filter(({ contribution, start, end }) => contribution !== 0 && start < end)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.start - b.start)
    .slice(0, FEATURES);
  // Words alone are the spans themselves.
  if (spans.length === 0 || strongest.every(({ kind }) => kind === "word")) return "";
  return `\n${formatTable(
    [{ head: "strongest features" }, { head: "kind" }, { head: "contribution", align: "right" }],
    strongest.map(({ text, kind, contribution, collidesWith }) => [
      JSON.stringify(text).slice(1, -1) +
        (collidesWith.length > 0 ? ` (shares its row with ${collidesWith.join(", ")})` : ""),
      kind,
      signed(contribution),
    ]),
  )}`;
}

/** The examples that the model thinks nearest, nearest first. */
export function formatNearest(near: readonly NearExample[]): string {
  return `${formatTable(
    [{ head: "nearest examples" }, { head: "label" }, { head: "similarity", align: "right" }],
    near.map(({ text, labels, similarity }) => [oneLine(text), labels.join(", "), similarity.toFixed(3)]),
  )}\n`;
}

/** The strongest features of a label. */
export function formatStrongest({ label, examples, features }: LabelFeatures): string {
  const rows = features.map(({ feature, kind, influence, examples: having }) => [
    feature,
    kind,
    signed(influence),
    String(having),
  ]);
  return formatTable(
    [
      { head: `${label} (${count(examples, "example")})` },
      { head: "kind" },
      { head: "adds on average", align: "right" },
      { head: "examples", align: "right" },
    ],
    rows,
  );
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

function name(span: ExplanationSpan): string {
  return span.start === span.end ? `(${span.text || "always there"})` : JSON.stringify(span.text).slice(1, -1);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;
}

/** The text with the given spans coloured by sign; where spans overlap the stronger one wins. */
function paint(text: string, spans: readonly ExplanationSpan[]): string {
  const loud = Math.abs(spans[0]?.contribution ?? 0) / 2;
  const codes = new Array<string>(text.length).fill("");
  for (const span of [...spans].reverse()) {
    const code = (span.contribution > 0 ? FOR : AGAINST) + (Math.abs(span.contribution) >= loud ? BOLD : "");
    codes.fill(code, span.start, span.end);
  }
  let out = "";
  let current = "";
  for (let i = 0; i < text.length; i++) {
    if (codes[i] !== current) {
      out += (current === "" ? "" : PLAIN) + codes[i];
      current = codes[i];
    }
    out += text[i];
  }
  return current === "" ? out : out + PLAIN;
}
