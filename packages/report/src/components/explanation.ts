import type { ShownExplanation } from "../reportData.ts";
import { element, named } from "./dom.ts";
import { capital, signed, sureness } from "./format.ts";
import { section } from "./section.ts";
import { sortableTable } from "./sortableTable.ts";

/** Spans in the table: more would hide what matters. */
const MOST_SPANS = 200;

/** The text with what speaks for the label and against it, and the numbers behind it. */
export function explanationView(
  explanation: ShownExplanation,
  { open = false, withAnswer = true }: { open?: boolean; withAnswer?: boolean } = {},
): HTMLElement {
  const details = element("details", { class: "bax-details", open }, element("summary", {}, "The numbers"));
  // They are many, and seldom looked at: made when they are first shown.
  const fill = (): void => {
    details.append(...numbersOf(explanation, withAnswer));
    details.removeEventListener("toggle", fill);
  };
  if (open) fill();
  else details.addEventListener("toggle", fill);
  const head = withAnswer ? headOf(explanation) : null;
  return element("div", { class: "bax-explained" }, head, paintedText(explanation), details);
}

/** All that is summed, in tables. */
function numbersOf(explanation: ShownExplanation, withAnswer: boolean): HTMLElement[] {
  const { spans, features } = explanation;
  const tables = element(
    "div",
    { class: "bax-columns" },
    sortableTable<ShownExplanation["spans"][number]>({
      caption: "What each part of the text adds",
      columns: [
        {
          head: "Part of the text",
          cell: (span) => spanName(explanation, span),
          key: ({ start }) => start,
          isName: true,
        },
        { head: "Adds", cell: ({ contribution }) => signed(contribution), key: ({ contribution }) => contribution },
      ],
      rows: [...spans]
        .filter(({ contribution }) => contribution !== 0)
        .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
        .slice(0, MOST_SPANS),
      most: 12,
    }),
    sortableTable<ShownExplanation["features"][number]>({
      caption: "Words and n-grams, the strongest first",
      columns: [
        { head: "Feature", cell: ({ text }) => named(text), key: ({ text }) => text, isName: true },
        {
          head: "Kind",
          isText: true,
          cell: ({ kind, known }) => `${capital(kind)}${known ? "" : ", never seen in training"}`,
          key: ({ kind }) => kind,
        },
        { head: "Adds", cell: ({ contribution }) => signed(contribution), key: ({ contribution }) => contribution },
      ],
      rows: features,
      most: 12,
    }),
  );
  const sum = element("p", { class: "bax-sum" }, sumOf(explanation));
  return withAnswer ? [tables, sum] : [headOf(explanation), tables, sum];
}

/** Several explanations, and how to read them. */
export function explanationsSection(explanations: readonly ShownExplanation[]): HTMLElement {
  return section(
    "explanations",
    explanations.length === 1 ? "Why this label" : "Why these labels",
    "Each part of a text speaks for its label or against it. The model adds these numbers up, and nothing else.",
    legend(),
    ...explanations.map((one) =>
      element("article", { class: "bax-card" }, explanationView(one, { open: explanations.length === 1 })),
    ),
  );
}

/** What the colours and lines mean. */
export function legend(forName: string = "the label", againstName: string = "it"): HTMLElement {
  return element(
    "p",
    { class: "bax-legend" },
    element("mark", { class: "bax-for", style: "--strength: 30%" }, "blue, solid line"),
    ` speaks for ${forName}; `,
    element("mark", { class: "bax-against", style: "--strength: 30%" }, "orange, dotted line"),
    ` speaks against ${againstName}. The stronger, the more colour.`,
  );
}

function headOf({ label, against, probability, logit }: ShownExplanation): HTMLElement {
  return element(
    "p",
    { class: "bax-answer" },
    element("strong", {}, named(label)),
    ` ${sureness(probability)}`,
    ...(against === null ? [] : [", held against ", named(against)]),
    ` (score ${signed(logit)})`,
  );
}

function paintedText({ text, cut, spans }: ShownExplanation): HTMLElement {
  const most = spans.reduce((value, { contribution }) => Math.max(value, Math.abs(contribution)), 0);
  const painted = element("p", { class: "bax-text", dir: "auto" });
  let at = 0;
  for (const { start, end, contribution } of spans) {
    if (end <= start || start < at) continue;
    painted.append(text.slice(at, start));
    const strength = Math.abs(contribution) / (most || 1);
    const kind = contribution < 0 ? "bax-against" : "bax-for";
    // The faintest would only be noise.
    if (strength < 0.04) painted.append(text.slice(start, end));
    else
      painted.append(
        element(
          "mark",
          { class: kind, style: `--strength: ${(strength * 45).toFixed(1)}%`, title: signed(contribution) },
          text.slice(start, end),
        ),
      );
    at = end;
  }
  painted.append(text.slice(at));
  if (text.trim() === "") painted.append(element("em", {}, "(empty text)"));
  if (cut) painted.append(element("span", { class: "bax-cut" }, " … (cut)"));
  return painted;
}

function spanName({ text }: ShownExplanation, { start, end }: { start: number; end: number }): HTMLElement {
  return start === end ? element("em", {}, "(always there)") : named(text.slice(start, end));
}

function sumOf({ beyond, bias, logit, moreFeatures }: ShownExplanation): string {
  const parts = [
    beyond === 0 ? "" : `The part of the text that is not shown adds ${signed(beyond)}.`,
    `All parts sum to the score ${signed(logit)}.`,
    bias === 0 ? "" : `Calibration adds ${signed(bias)} whatever the text.`,
    moreFeatures === 0 ? "" : `${moreFeatures.toLocaleString("en-GB")} weaker features are not listed.`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}
