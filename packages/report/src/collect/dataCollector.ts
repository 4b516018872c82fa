import type { DataOverview } from "../reportData.ts";
import type { LabelNumbers } from "./labelNumbers.ts";
import { Lengths } from "./lengths.ts";
import type { TextBudget } from "./shownText.ts";
import { textHash } from "./textHash.ts";

/** Labels that a page lists at most, and texts that stand for each. */
const MOST_LABELS = 1000;
const SAMPLES = 3;
/** Different texts that are remembered in the search for duplicates. */
const MOST_DIFFERENT = 2_000_000;

/** Looks at examples as they pass and keeps what describes them. */
export class DataCollector {
  private readonly labels = new Map<string, { count: number; samples: string[] }>();
  private readonly words = new Lengths();
  private readonly characters = new Lengths();
  private readonly seen = new Set<number>();
  private examples = 0;
  private empty = 0;
  private duplicates = 0;

  add(text: string, labels: readonly string[]): void {
    this.examples++;
    const trimmed = text.trim();
    this.words.add(trimmed === "" ? 0 : trimmed.split(/\s+/).length);
    this.characters.add(countCharacters(text));
    if (trimmed === "") this.empty++;
    else this.countDuplicate(trimmed);
    for (const label of labels) {
      const found = this.labels.get(label);
      if (!found) this.labels.set(label, { count: 1, samples: [text] });
      else {
        found.count++;
        if (found.samples.length < SAMPLES) found.samples.push(text);
      }
    }
  }

  private countDuplicate(text: string): void {
    const hash = textHash(text);
    if (this.seen.has(hash)) this.duplicates++;
    else if (this.seen.size < MOST_DIFFERENT) this.seen.add(hash);
  }

  /** `name`: what the examples are. */
  overview(name: string, numbers: LabelNumbers, budget: TextBudget): DataOverview {
    const sorted = [...this.labels].sort(([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1));
    const shown = sorted.slice(0, MOST_LABELS).map(([label, { count, samples }]) => ({
      label: numbers.of(label),
      count,
      texts: samples.flatMap((text) => budget.take(text) ?? []),
    }));
    return {
      name,
      examples: this.examples,
      empty: this.empty,
      duplicates: this.duplicates,
      words: this.words.figures(),
      characters: this.characters.figures(),
      labels: shown,
      moreLabels: sorted.length - shown.length,
    };
  }
}

/** Code points. */
function countCharacters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
  return count;
}
