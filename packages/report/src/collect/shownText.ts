import type { ShownText } from "../reportData.ts";

/** Characters of a text that a report shows. */
export const SHOWN_CHARACTERS = 500;

/** The beginning of a text; a pair of surrogates is not torn apart. */
export function cutText(text: string, most: number = SHOWN_CHARACTERS): ShownText {
  if (text.length <= most) return { text, cut: false };
  const last = text.charCodeAt(most - 1);
  const isTorn = 0xd800 <= last && last < 0xdc00;
  return { text: text.slice(0, isTorn ? most - 1 : most), cut: true };
}

/** How much text a report may still hold, so that its file stays one that a browser opens in a moment. */
export class TextBudget {
  private texts: number;
  private characters: number;

  constructor(texts: number = 3000, characters: number = 1_500_000) {
    this.texts = texts;
    this.characters = characters;
  }

  /** What a report spends on the texts of what was measured. */
  static forMeasured(): TextBudget {
    return new TextBudget(2400, 1_200_000);
  }

  /** What a report spends on texts of the data themselves. */
  static forOverview(): TextBudget {
    return new TextBudget(600, 200_000);
  }

  /** The text as it is shown, or undefined where no more fits. */
  take(text: string): ShownText | undefined {
    const shown = cutText(text);
    if (this.texts < 1 || this.characters < shown.text.length) return undefined;
    this.texts--;
    this.characters -= shown.text.length;
    return shown;
  }
}
