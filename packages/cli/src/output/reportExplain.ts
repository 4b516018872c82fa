import type { ShownExplanation } from "@bax/report";
import type { Explanation } from "bax";
import type { Console } from "./console.ts";
import { checkReportFile, givenCommand, writeReport } from "./report.ts";

/** Explanations of a page at most. */
const MOST = 1000;

/** A page of explanations, written when all are there. */
export interface ExplanationPage {
  readonly add: (text: string, explanation: Explanation) => void;
  readonly write: (console: Console) => Promise<void>;
}

/** The page of `bax explain --html`; undefined without a file. Throws BaxError for one that cannot be written. */
export async function explanationPage(file: string | undefined, model: string): Promise<ExplanationPage | undefined> {
  if (file === undefined) return undefined;
  await checkReportFile("--html", file, [model]);
  const { ONE_OF_MANY, shownExplanation, WHOLE_PAGE } = await import("@bax/report");
  const explained: { text: string; explanation: Explanation }[] = [];
  let dropped = 0;
  return {
    add: (text, explanation) => {
      if (explained.length < MOST) explained.push({ text, explanation });
      else dropped++;
    },
    write: (console) => {
      const limits = explained.length > 20 ? ONE_OF_MANY : WHOLE_PAGE;
      const explanations: ShownExplanation[] = explained.map(({ text, explanation }) =>
        shownExplanation(text, explanation, limits),
      );
      return writeReport(
        file,
        {
          kind: "explain",
          title: explained.length === 1 ? `Why ${explained[0].explanation.label}?` : `Explanations by ${model}`,
          labels: [],
          explanations,
          reproduce: { command: givenCommand(), notes: [] },
          notes:
            dropped === 0 ? [] : [`${dropped.toLocaleString("en-GB")} more texts were explained than a page holds.`],
        },
        console,
      );
    },
  };
}
