// The options that make bax learn exactly what fastText learns by default, so that the two can be timed against each other.

/** The two shapes: vectors as long as fastText's default, and short ones with word pairs. */
export const SHAPES = [
  { name: "dim 100, words", dim: 100, wordNgrams: 1 },
  { name: "dim 10, word bigrams", dim: 10, wordNgrams: 2 },
];

/** `bax train` as fastText trains. */
export function baxOptions({ dim, wordNgrams }, epochs, threads = 1) {
  return [
    ...["--tokenizer", "whitespace", "--no-lowercase", "--char-ngrams", "0", "--word-ngrams", String(wordNgrams)],
    ...[
      "--weighting",
      "none",
      "--norm",
      "l1",
      "--min-count",
      "1",
      "--optimizer",
      "sgd",
      "--lr",
      "0.1",
      "--dim",
      String(dim),
    ],
    ...["--epochs", String(epochs), "--valid", "0", "--threads", String(threads), "--quiet"],
  ];
}

/** The same for the command `fasttext supervised`. */
export function fastTextOptions({ dim, wordNgrams }, epochs) {
  const options = { minCount: 1, lr: 0.1, dim, epoch: epochs, wordNgrams, thread: 1, verbose: 0 };
  return Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
}
