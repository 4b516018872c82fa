// Data to try the page with: made by scripts/studio-examples.mjs from packages of npm, and fetched from beside the page.

/** Labelled texts that come with the page. */
export interface BuiltInExample {
  readonly name: string;
  readonly title: string;
  readonly load: () => Promise<Blob>;
}

function beside(file: string): () => Promise<Blob> {
  return async () => (await fetch(new URL(`examples/${file}`, document.baseURI))).blob();
}

export const EXAMPLES: readonly BuiltInExample[] = [
  { name: "spam.csv", title: "Which mails are spam", load: beside("spam.csv") },
  { name: "languages.csv", title: "Which language is it", load: beside("languages.csv") },
];
