import type { Explanation } from "bax";
import type { ShownExplanation } from "../reportData.ts";
import { cutText } from "./shownText.ts";

/** What of an explanation is shown. */
export interface ExplanationLimits {
  readonly characters: number;
  readonly features: number;
}

/** For a page that is about explanations. */
export const WHOLE_PAGE: ExplanationLimits = { characters: 20_000, features: 500 };
/** For one of many on a page. */
export const ONE_OF_MANY: ExplanationLimits = { characters: 900, features: 12 };

const short = (value: number): number => Number(value.toPrecision(6));

/** An explanation as a page shows it; what it leaves out is in `beyond` and `moreFeatures`. */
export function shownExplanation(
  text: string,
  explanation: Explanation,
  { characters, features: most }: ExplanationLimits = WHOLE_PAGE,
): ShownExplanation {
  const { label, against, probability, logit, bias, spans, features } = explanation;
  const shown = cutText(text, characters);
  const visible = spans.filter(({ end }) => end <= shown.text.length);
  const beyond = spans.slice(visible.length).reduce((sum, { contribution }) => sum + contribution, 0);
  const strongest = [...features].sort(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.start - b.start || a.end - b.end,
  );
  return {
    ...shown,
    label,
    against,
    probability: short(probability),
    logit: short(logit),
    bias: short(bias),
    spans: visible.map(({ start, end, contribution }) => ({ start, end, contribution: short(contribution) })),
    beyond: short(beyond),
    features: strongest.slice(0, most).map(({ text: name, kind, contribution, known }) => ({
      text: cutText(name, 100).text,
      kind,
      contribution: short(contribution),
      known,
    })),
    moreFeatures: Math.max(0, strongest.length - most),
  };
}
