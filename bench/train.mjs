// How fast does bax learn, and in how much memory, beside fastText with the same options?
import { join } from "node:path";
import { baxAccuracy, baxTrain, commandAccuracy, commandTrain, pythonAccuracy, pythonTrain } from "./answers.mjs";
import { claim, quotient, sameAccuracy } from "./claims.mjs";
import { findCorpus } from "./corpus.mjs";
import { compare, progress, runOnce, scratchFolder, twice } from "./measure.mjs";
import { SHAPES } from "./options.mjs";
import { findPeers } from "./peers.mjs";
import { cache } from "./places.mjs";
import { number, publish, ratio, table } from "./report.mjs";
import { findSets, readLines, shuffledSet } from "./sets.mjs";

/** Of the whole command. */
const EPOCHS = 5;
const LEAST_COMMAND = { command: 10, python: 4 };
const MOST_MEMORY = 0.7;
const LEAST_THREADS = 1.6;
/** Of a small set, whose P@1 differs by a hundredth from seed to seed: the mean of so many models is compared. */
const SEEDS = [1, 2, 3, 4];
/** Shapes that are learned on one thread and on two, and epochs of them. */
const THREADED_EPOCHS = 41;
const THREADED = [
  { name: "dim 64, words", dim: 64, wordNgrams: 1 },
  { name: "dim 100, words", dim: 100, wordNgrams: 1 },
];

/**
 * What an epoch is timed on. An epoch is the difference between runs of `many` epochs and of one: reading and writing cancel out. Where
 * bax has more than one way to the same features, each is a variant, and the fastest that learns as much counts.
 */
function tasks(corpus, sets) {
  const onCorpus = SHAPES.map((shape) => ({
    ...corpus,
    name: shape.name,
    least: 5,
    many: 6,
    variants: [shape],
    shape,
  }));
  const many = { dim: 100, wordNgrams: 1, lr: 0.5 };
  const characters = { dim: 16, wordNgrams: 1, charNgrams: [1, 4], lr: 0.5 };
  return [
    ...onCorpus,
    {
      ...sets("cooking-stackexchange"),
      name: "735 labels, softmax, dim 100 (cooking-stackexchange)",
      ...{ least: 6, many: 21, variants: [many], shape: many, seeds: SEEDS },
    },
    {
      ...sets("langid-lingua"),
      name: "character n-grams 1–4, dim 16 (langid-lingua)",
      ...{ least: 5, many: 6, shape: characters },
      variants: [
        { ...characters, variant: "its own features" },
        { ...characters, variant: "fastText's features", features: "fasttext" },
      ],
    },
  ];
}

function epochSeconds(few, many, epochs) {
  return few && many ? (many.seconds - few.seconds) / (epochs - 1) : null;
}

const mean = (values) => (values.includes(null) ? null : values.reduce((sum, value) => sum + value, 0) / values.length);

/** (a) One epoch, one thread each. */
function epochOf(peers, folder, task, runs) {
  const { train, test, testLines, many, shape, seeds = [1] } = task;
  const ours = task.variants.map((variant) => ({
    name: variant.variant ?? "bax",
    ...{ one: baxTrain(train, folder, variant, 1), more: baxTrain(train, folder, variant, many) },
  }));
  const measured = compare(
    Object.fromEntries([
      ...ours.map(({ name, one }) => [`${name}, 1 epoch`, one.command]),
      ["fastText, 1 epoch", pythonTrain(peers, train, shape, 1)],
      ...ours.map(({ name, more }) => [`${name}, ${many} epochs`, more.command]),
      [`fastText, ${many} epochs`, pythonTrain(peers, train, shape, many)],
    ]),
    { runs },
  );
  const seconds = (name) => epochSeconds(measured[`${name}, 1 epoch`], measured[`${name}, ${many} epochs`], many);
  progress("accuracy");
  const ofSeeds = (accuracyOf) => mean(seeds.map((seed) => accuracyOf(seed === 1 ? {} : { seed })));
  const fastText = {
    seconds: seconds("fastText"),
    accuracy: ofSeeds((other) => pythonAccuracy(peers, train, test, { ...shape, ...other }, many)),
  };
  const variants = ours.map(({ name, more }, i) => {
    const accuracy = ofSeeds((other) => {
      if (other.seed) runOnce(baxTrain(train, folder, { ...task.variants[i], ...other }, many).command);
      return baxAccuracy(more.model, test);
    });
    return { name, seconds: seconds(name), accuracy, same: sameAccuracy(accuracy, fastText.accuracy, testLines) };
  });
  progress("");
  const equal = variants.filter(({ same }) => same !== false);
  const counts = (equal.length > 0 ? equal : variants).toSorted((a, b) => a.seconds - b.seconds)[0];
  return { name: task.name, least: task.least, epochs: many, fastText, variants, counts, measured };
}

/** (b) The whole command, from text to a model on the disk. */
function wholeCommand(peers, corpus, folder, shape, runs) {
  const { train, test, testLines } = corpus;
  const own = baxTrain(train, folder, shape, EPOCHS);
  const output = join(folder, `fasttext-${shape.dim}`);
  const measured = compare(
    {
      bax: own.command,
      command: commandTrain(peers, train, output, shape, EPOCHS),
      python: pythonTrain(peers, train, shape, EPOCHS),
    },
    { runs },
  );
  progress("accuracy");
  const accuracy = {
    bax: baxAccuracy(own.model, test),
    command: peers.command && commandAccuracy(peers, `${output}.bin`, test),
    python: pythonAccuracy(peers, train, test, shape, EPOCHS),
  };
  progress("");
  return { shape: shape.name, measured, accuracy, testLines };
}

/** (c) One thread, two, and two processes, over so many epochs that a disk that takes a model more slowly does not show. */
function threadsOf(corpus, folder, shape, runs) {
  const many = THREADED_EPOCHS;
  const command = (epochs, count) => baxTrain(corpus.train, folder, shape, epochs, count).command;
  const ways = {
    "1 thread": (epochs) => command(epochs, 1),
    "2 threads": (epochs) => command(epochs, 2),
    "2 processes": (epochs) => twice(command(epochs, 1)),
  };
  const runsOf = ([name, way]) => [1, many].map((epochs) => [`${name}, ${epochs} epochs`, way(epochs)]);
  const measured = compare(Object.fromEntries(Object.entries(ways).flatMap(runsOf)), { runs });
  const [one, two, apart] = Object.keys(ways).map((name) =>
    epochSeconds(measured[`${name}, 1 epochs`], measured[`${name}, ${many} epochs`], many),
  );
  return { shape: shape.name, one, two, apart, measured };
}

function claims({ epochs, commands, threads }) {
  const names = { command: "`fasttext supervised`", python: "`train_supervised` in Python" };
  return [
    ...epochs.map(({ name, least, fastText, counts }) =>
      claim(`one epoch, ${name}`, "≥", least, quotient(fastText.seconds, counts.seconds), {
        also: counts.same,
        note: `P@1 ${number(counts.accuracy, 3)} beside ${number(fastText.accuracy, 3)}`,
      }),
    ),
    ...commands.flatMap(({ shape, measured, accuracy, testLines }) =>
      Object.entries(LEAST_COMMAND).map(([key, least]) =>
        claim(
          `whole command, ${EPOCHS} epochs, ${shape}, against ${names[key]}`,
          "≥",
          least,
          quotient(measured[key]?.seconds, measured.bax.seconds),
          {
            also: sameAccuracy(accuracy.bax, accuracy[key], testLines),
            note: `P@1 ${number(accuracy.bax, 3)} beside ${number(accuracy[key], 3)}`,
          },
        ),
      ),
    ),
    ...commands.map(({ shape, measured }) => {
      const theirs = [measured.command, measured.python].flatMap((found) => found?.peakMegabytes ?? []);
      const peak = measured.bax.peakMegabytes;
      return claim(`peak memory of training, ${shape}`, "≤", MOST_MEMORY, quotient(peak, Math.min(...theirs)), {
        note: "beside the smaller of the two fastTexts",
      });
    }),
    ...threads.map(({ shape, one, two }) =>
      claim(`2 threads against 1, ${shape}`, "≥", LEAST_THREADS, quotient(one, two)),
    ),
  ];
}

function epochTable(rows) {
  const lines = rows.flatMap(({ name, fastText, variants }) => [
    [`${name}: fastText (PyPI)`, number(fastText.seconds, 3), "", number(fastText.accuracy, 4)],
    ...variants.map((own) => [
      `${name}: bax${own.name === "bax" ? "" : `, ${own.name}`}`,
      number(own.seconds, 3),
      ratio(fastText.seconds, own.seconds),
      number(own.accuracy, 4),
    ]),
  ]);
  return `## One epoch, one thread each

The time of many epochs (6; 21 of the small set with 735 labels) less that of one, divided by how many more they are: reading the text is
not in it. P@1 is that of the many epochs, on the test part. Sets are shuffled first, since fastText takes lines as they come; of lines
with several labels it draws one, bax learns from all. P@1 of the small set is the mean of ${SEEDS.length} seeds. Accuracies are the same where they differ by less than a standard error.

${table(["", "seconds", "bax is faster by", "P@1"], lines)}`;
}

function commandTable(rows) {
  const names = { bax: "`bax train`", command: "`fasttext supervised` (Debian)", python: "`train_supervised` (PyPI)" };
  return `## The whole command, ${EPOCHS} epochs, one thread each

From text to a finished model: bax and the command write it to the disk, the Python call keeps it in memory. bax rounds dim 10 up to 12.

${table(
  ["", "seconds", "bax is faster by", "peak memory, MB", "P@1"],
  rows.flatMap(({ shape, measured, accuracy }) =>
    Object.entries(names).map(([key, name]) => [
      `${shape}: ${name}`,
      number(measured[key]?.seconds),
      key === "bax" ? "" : ratio(measured[key]?.seconds, measured.bax.seconds),
      number(measured[key]?.peakMegabytes, 0),
      number(accuracy[key], 4),
    ]),
  ),
)}`;
}

function threadTable(rows) {
  const lines = rows.map(({ shape, one, two, apart }) => [
    ...[shape, number(one, 3), number(two, 3), ratio(one, two)],
    ...[number(apart, 3), ratio(2 * one, apart)],
  ]);
  return `## Threads

One epoch of bax, of ${THREADED_EPOCHS} less the first; the model is the same to the bit. It means something only while both cores are free.
Beside it what the machine itself lets two cores do: two processes at once, each with one thread and all epochs.

${table(["", "1 thread, s", "2 threads, s", "faster by", "2 processes, s", "of them"], lines)}`;
}

export async function ask({ corpus: given, data: folderOfSets, runs, quick, only }) {
  const wants = (part) => only === undefined || only === part;
  const peers = findPeers(["fasttext", "command"]);
  const folder = scratchFolder(cache, "train");
  const paths = findCorpus(given, quick);
  const corpus = { ...paths, testLines: readLines(paths.test).length };
  const sets = (name) => shuffledSet({ folder: findSets(folderOfSets, name).folder, name, to: folder, quick });
  const data = {
    epochs: wants("epochs") ? tasks(corpus, sets).map((task) => epochOf(peers, folder, task, runs)) : [],
    commands: wants("commands") ? SHAPES.map((shape) => wholeCommand(peers, corpus, folder, shape, runs)) : [],
    threads: wants("threads") ? THREADED.map((shape) => threadsOf(corpus, folder, shape, runs)) : [],
  };
  const sections = [epochTable(data.epochs), commandTable(data.commands), threadTable(data.threads)];
  const found = { sections, claims: claims(data), data, versions: peers.versions };
  publish("train", { title: "Learning", ...found, runs, quick, only });
}
