import { BaxError, type NumericExample } from "bax";

/** What the reader types: a text and its label. */
export interface Sentence {
  readonly text: string;
  readonly label: string;
}

/** The sentences as numbers. */
export interface Problem {
  readonly sentences: readonly Sentence[]; // N, at least one
  readonly words: readonly string[]; // P, in the order in which they first occur
  readonly labels: readonly string[]; // C, in the order in which they first occur
  readonly examples: readonly NumericExample[]; // N; ids rise and do not repeat, weights are count / number of words
}

/** What fits on the page so that each number can be read. */
export const LIMITS = { sentences: 8, labels: 4, words: 30 } as const;

/** The sentences to begin with: words that tell labels apart, words that do not, and one that occurs twice. */
export const SENTENCES: readonly Sentence[] = [
  { text: "good food good service", label: "praise" },
  { text: "the food was cold", label: "complaint" },
  { text: "when do you open", label: "question" },
  { text: "lovely warm food", label: "praise" },
  { text: "the service was slow", label: "complaint" },
  { text: "do you open on sunday", label: "question" },
];

/** The words of a text: runs of letters, marks and digits, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/**
 * Sentences as numbers. A sentence without a label is left out; one without a word stays, with x = 0.
 *
 * Throws BaxError "data" where no sentence is left, or where there are more sentences, labels or words than LIMITS.
 */
export function makeProblem(given: readonly Sentence[]): Problem {
  const sentences = given
    .map(({ text, label }) => ({ text: text.trim(), label: label.trim() }))
    .filter(({ label }) => label !== "");
  if (sentences.length === 0) {
    throw new BaxError("data", "no sentence has a label", "Give at least one sentence a label.");
  }
  const words = [...new Set(sentences.flatMap(({ text }) => wordsOf(text)))];
  const labels = [...new Set(sentences.map(({ label }) => label))];
  checkLimit("sentences", sentences.length, LIMITS.sentences);
  checkLimit("labels", labels.length, LIMITS.labels);
  checkLimit("different words", words.length, LIMITS.words);
  return { sentences, words, labels, examples: sentences.map((sentence) => asNumbers(sentence, words, labels)) };
}

function checkLimit(what: string, found: number, most: number): void {
  if (found <= most) return;
  throw new BaxError(
    "data",
    `there are ${found} ${what}, and this page has room for ${most}`,
    "Take some away: each number is shown.",
  );
}

function asNumbers({ text, label }: Sentence, words: readonly string[], labels: readonly string[]): NumericExample {
  const found = wordsOf(text).map((word) => words.indexOf(word));
  const ids = [...new Set(found)].sort((a, b) => a - b);
  const weights = ids.map((id) => found.filter((other) => other === id).length / found.length);
  return { features: { ids, weights }, target: labels.map((other) => (other === label ? 1 : 0)) };
}
