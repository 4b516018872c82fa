import type { Explanation, ExplanationSpan } from "bax";
import { percent } from "./numbers.ts";
import { formatTable } from "./table.ts";

const STRONGEST = 12;
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
  const { label, probability, logit, spans } = explanation;
  const strongest = [...spans]
    .filter((span) => span.contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.start - b.start);
  const shown = strongest.slice(0, STRONGEST);
  const rest = strongest.slice(STRONGEST).reduce((sum, span) => sum + span.contribution, 0);
  const rows = shown.map((span) => [name(span), signed(span.contribution)]);
  if (strongest.length > STRONGEST) rows.push([`${strongest.length - STRONGEST} more`, signed(rest)]);
  rows.push(["= logit", signed(logit)]);
  const head = `${label}  ${percent(probability)}`;
  return `${colour ? `${BOLD}${head}${PLAIN}` : head}\n${colour ? paint(text, shown) : text}\n${formatTable([{ head: "span" }, { head: "contribution", align: "right" }], rows)}\n`;
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
