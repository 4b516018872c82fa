// The options that make bax learn exactly what fastText learns, so that the two can be timed against each other.

/** The two shapes on the corpus: vectors as long as fastText's default, and short ones with word pairs. */
export const SHAPES = [
  { name: "dim 100, words", dim: 100, wordNgrams: 1 },
  { name: "dim 10, word bigrams", dim: 10, wordNgrams: 2 },
];

/** `bax train` as fastText trains; with `features: "fasttext"` by its own hashes and buckets as well. */
export function baxOptions({ dim, wordNgrams, charNgrams, lr = 0.1, features, seed = 1 }, epochs, threads = 1) {
  const shape = {
    tokenizer: features ?? "whitespace",
    "char-ngrams": charNgrams?.join("-") ?? 0,
    "word-ngrams": wordNgrams,
    dim,
    lr,
    epochs,
    seed,
    "min-count": 1,
    valid: 0,
    threads,
    ...(features !== "fasttext" && { weighting: "none", norm: "l1", optimizer: "sgd" }),
    ...(charNgrams && features !== "fasttext" && { "min-count-chars": 1 }),
  };
  const plain = features === "fasttext" ? [] : ["--no-lowercase"];
  return [...plain, ...Object.entries(shape).flatMap(([name, value]) => [`--${name}`, String(value)]), "--quiet"];
}

/** The same by fastText's names. */
export function fastTextArguments({ dim, wordNgrams, charNgrams = [0, 0], lr = 0.1, seed }, epochs) {
  const [minn, maxn] = charNgrams;
  return { minCount: 1, lr, dim, epoch: epochs, wordNgrams, minn, maxn, thread: 1, verbose: 0, ...(seed && { seed }) };
}

/** The same for the command `fasttext supervised`. */
export function fastTextOptions(shape, epochs) {
  return Object.entries(fastTextArguments(shape, epochs)).flatMap(([name, value]) => [`-${name}`, String(value)]);
}
