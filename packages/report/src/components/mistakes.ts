import type { Mistake } from "../reportData.ts";
import { element, named } from "./dom.ts";
import { explanationView, legend } from "./explanation.ts";
import { sureness } from "./format.ts";
import { quoted, section } from "./section.ts";
import { labelLine } from "./summary.ts";

/** Shown until all are asked for; paper shows all. */
const SHOWN = 8;

/** The mistakes that the model was surest of, and why it made them. `remark`: what must be known of the explanations. */
export function mistakesSection(
  labels: readonly string[],
  mistakes: readonly Mistake[],
  remark: string | null = null,
): HTMLElement {
  const cards = mistakes.map((mistake, i) =>
    element(
      "li",
      { class: i >= SHOWN ? "bax-card bax-more" : "bax-card" },
      element(
        "p",
        {},
        `${sureness(mistake.confidence)} sure of `,
        named(labels[mistake.predicted] ?? "", "bax-name bax-wrong-name"),
        ", truly ",
        labelLine(labels, mistake.gold),
      ),
      mistake.explanation ? explanationView(mistake.explanation, { withAnswer: false }) : quoted(mistake),
    ),
  );
  const more = element(
    "button",
    {
      type: "button",
      class: "bax-button",
      onclick: () => {
        for (const card of cards) card.classList.remove("bax-more");
        more.hidden = true;
        cards[SHOWN]?.setAttribute("tabindex", "-1");
        cards[SHOWN]?.focus();
      },
    },
    `Show all ${mistakes.length}`,
  );
  more.hidden = mistakes.length <= SHOWN;
  return section(
    "mistakes",
    "The surest mistakes",
    "Wrong answers that the model was most confident of. They are often wrong labels in the data, or something that the model cannot know.",
    remark === null ? null : element("p", { class: "bax-note" }, remark),
    mistakes.length === 0
      ? element("p", {}, "There are none to show.")
      : legend("the answer", "it, and for the true label"),
    element("ol", { class: "bax-list" }, ...cards),
    more,
  );
}
