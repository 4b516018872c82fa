// What does Spark cost: labels a second beside the command on the same cores, and learning in parts beside one machine?
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { findPyspark, packCommand } from "../scripts/sparkEnvironment.mjs";
import { claim } from "./claims.mjs";
import { findCorpus } from "./corpus.mjs";
import { compare, median, progress, scratchFolder } from "./measure.mjs";
import { bax, bench, cache, root } from "./places.mjs";
import { number, publish, ratio, table } from "./report.mjs";
import { findSets, readLines, writeLines } from "./sets.mjs";

/** Cores of the machine that both may use. */
const CORES = 2;
/** Rows to label. */
const ROWS = 600_000;
/** Of what the command labels a second on the same cores. */
const LEAST_RATE = 0.6;
/** Points that accuracy may lie below one machine's, by partitions. */
const MOST_BEHIND = { 4: 0.5, 8: 1 };

/** Asks Spark; gives the line of JSON that it ends with. */
function askSpark(python, what, asked) {
  progress(`Spark: ${what}, ${asked.executors} executors${asked.partitions ? `, ${asked.partitions} partitions` : ""}`);
  const args = [join(bench, "python/spark.py"), what, JSON.stringify(asked), join(root, "packages/spark/src")];
  const options = { encoding: "utf8", maxBuffer: 1 << 28, timeout: 1_200_000 };
  const { status, stdout, stderr } = spawnSync(python, args, options);
  if (status !== 0) throw new Error(`${what} ended with ${status}\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1));
}

function command(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bax, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`bax ${args[0]} ended with ${status}\n${stderr}`);
  return stdout;
}

const accuracyOf = (model, test) => JSON.parse(command("test", model, test, "--json", "--quiet")).accuracy;

/** Rows of a set as lines of JSON, over and over until there are enough, and a model of it. */
function prepare({ folder, name }, to, rows) {
  const [train, test] = ["train", "test"].map((part) => join(folder, name, `${part}.txt`));
  const texts = [train, test].flatMap((file) => readLines(file).map((line) => line.replace(/^(__label__\S+ ?)+/, "")));
  const data = join(to, `${name}.jsonl`);
  writeLines(
    data,
    Array.from({ length: rows }, (_, id) => JSON.stringify({ id, text: texts[id % texts.length] })),
  );
  const model = join(to, `${name}.safetensors`);
  command("train", train, "-o", model, "--valid", "0", "--quiet");
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
  return { name, model, data, bytes };
}

function scoring({ python, shipped, runs, to }, { name, model, data, bytes }) {
  const [rows, output] = [join(to, `${name}.rows`), join(to, "answers")];
  const spark = askSpark(python, "score", { executors: CORES, data, rows, model, package: shipped, runs, output });
  const local = ["predict", model, join(rows, "*.parquet"), "--threads", String(CORES), "-o", `${output}.parquet`];
  const alone = compare({ bax: [process.execPath, bax, ...local, "--quiet"] }, { runs, discard: true }).bax;
  const seconds = median(spark.seconds);
  return {
    name,
    bytes,
    rows: spark.rows,
    alone: spark.rows / alone.seconds / CORES,
    spark: spark.rows / seconds / CORES,
    plain: spark.rows / median(spark.plain) / CORES,
    inBax: median(spark.inBax) / CORES / seconds,
  };
}

function learning({ python, shipped, to }, { name, train, test }, parts, executors = CORES) {
  const model = join(to, `${name}.${parts}.safetensors`);
  const asked = { executors, data: train, model, partitions: parts, package: shipped, options: { valid: 0 } };
  const found = askSpark(python, "train", asked);
  return { name, parts, executors, ...found, accuracy: accuracyOf(model, test) };
}

export async function ask({ corpus, data, runs, quick, only }) {
  const { python, missing } = findPyspark();
  if (missing) {
    console.error(`Spark is not asked: ${missing}`);
    return;
  }
  const to = scratchFolder(cache, "spark");
  const context = { python, shipped: packCommand(), runs, to };
  const { folder } = findSets(data, "langid-lingua");
  const sections = [];
  const claims = [];
  const results = {};
  if (only === undefined || only === "scoring") {
    const sets = ["langid-lingua", "ag-news-subset"];
    const scored = sets.map((name) => scoring(context, prepare({ folder, name }, to, quick ? 20_000 : ROWS)));
    results.scoring = scored;
    sections.push(`Rows a second and core, Parquet in and out, ${CORES} cores, everything started and warm but the command's own start.

${table(
  ["rows of", "bytes of text", "bax predict", "through Spark", "of it", "Spark and Python alone", "time in bax"],
  scored.map(({ name, bytes, alone, spark, plain, inBax }) => [
    name,
    number(bytes, 0),
    number(alone, 0),
    number(spark, 0),
    ratio(spark, alone),
    number(plain, 0),
    `${number(100 * inBax, 0)} %`,
  ]),
)}`);
    for (const { name, alone, spark } of scored)
      claims.push(
        claim(`rows a second and core through Spark, beside \`bax predict\`: ${name}`, "≥", LEAST_RATE, spark / alone),
      );
  }
  if (only === undefined || only === "learning") {
    const made = findCorpus(corpus, quick);
    const sets = [
      {
        name: "langid-lingua",
        train: join(folder, "langid-lingua/train.txt"),
        test: join(folder, "langid-lingua/test.txt"),
      },
      { name: "the corpus", train: made.train, test: made.test },
    ];
    const learned = [];
    for (const set of sets) {
      const model = join(to, "alone.safetensors");
      const began = performance.now();
      command("train", set.train, "-o", model, "--valid", "0", "--quiet");
      const seconds = (performance.now() - began) / 1000;
      const alone = { name: set.name, parts: 1, seconds, accuracy: accuracyOf(model, set.test) };
      const apart = [4, 8].map((parts) => learning(context, set, parts));
      learned.push(alone, ...apart);
      for (const { parts, accuracy } of apart)
        claims.push(
          claim(
            `P@1 with ${parts} partitions below one machine's: ${set.name}`,
            "≤",
            MOST_BEHIND[parts],
            100 * (alone.accuracy - accuracy),
            {
              unit: "points",
            },
          ),
        );
    }
    results.learning = learned;
    sections.push(`Learning, as many epochs everywhere, ${CORES} executors of one core; P@1 on the whole test set.

${table(
  ["set", "partitions", "P@1, %", "seconds", "a round", "shuffled a round, MB", "model, MB"],
  learned.map(({ name, parts, accuracy, seconds, rounds, shuffledBytes, modelBytes, options }) => [
    name,
    parts,
    number(100 * accuracy, 2),
    number(seconds, 0),
    rounds ? number(median(rounds), 1) : "–",
    shuffledBytes ? number(shuffledBytes / options.epochs / 1e6, 0) : "–",
    modelBytes ? number(modelBytes / 1e6, 0) : "–",
  ]),
)}`);
  }
  if (only === undefined || only === "executors") {
    const made = findCorpus(corpus, true);
    const set = { name: "20,000 lines of the corpus", train: made.train, test: made.test };
    const grown = [1, 2, 4].map((executors) => learning(context, set, 4, executors));
    results.executors = grown;
    sections.push(`The same four partitions on more executors of one core (the machine has ${CORES} cores).

${table(
  ["executors", "seconds", "a round", "P@1, %"],
  grown.map(({ executors, seconds, rounds, accuracy }) => [
    executors,
    number(seconds, 0),
    number(median(rounds), 1),
    number(100 * accuracy, 2),
  ]),
)}`);
  }
  rmSync(to, { recursive: true, force: true });
  publish("spark", {
    title: "On Apache Spark",
    claims,
    sections,
    data: results,
    versions: { pyspark: "4.3.0" },
    runs,
    quick,
    only,
    how: "Spark's local cluster: executors are processes of one core and 1 GB; its start is not counted.",
  });
}
