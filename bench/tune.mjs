// Does `bax tune` find better options than the defaults, and does it do better than fastText's own search in the same time?
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readBaselines } from "./accuracy.mjs";
import { progress, runOnce, scratchFolder } from "./measure.mjs";
import { findPeers } from "./peers.mjs";
import { bax, cache, shared } from "./places.mjs";
import { number, publish, table } from "./report.mjs";

const TRIALS = 30;
const QUICK = { sets: ["sms-spam"], trials: 4 };
/** Every tenth line is what fastText measures its trials on; lines are spread over the file first. */
const HELD_OUT = 10;
/** After its search fastText trains with what it found, however long that takes; past so many times the search it is given up. */
const PATIENCE = 3;
/** What `timeout` ends with. */
const TIMED_OUT = 124;

function runBax(...args) {
  const { seconds, output } = runOnce([process.execPath, bax, ...args, "--json", "--quiet"]);
  return { seconds, found: JSON.parse(output) };
}

/** Lines in an order that a seed decides (Marsaglia's xorshift): fastText learns in the order of the file. */
function shuffledLines(file) {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  let state = 1;
  for (let i = lines.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [lines[i], lines[j]] = [lines[j], lines[i]];
  }
  return lines;
}

/** P@1 on the test part of what fastText finds in so many seconds; it is given twice as long where that is too short for one trial. */
function measureFastText(command, scratch, set, { train, test }, seconds) {
  const [learned, measured, output] = ["learn.txt", "valid.txt", set].map((name) => join(scratch, name));
  const lines = shuffledLines(train);
  writeFileSync(learned, `${lines.filter((_, i) => i % HELD_OUT > 0).join("\n")}\n`);
  writeFileSync(measured, `${lines.filter((_, i) => i % HELD_OUT === 0).join("\n")}\n`);
  for (let duration = Math.ceil(seconds); ; duration *= 2) {
    progress(`${set}: fasttext supervised -autotune-duration ${duration}`);
    const files = ["-input", learned, "-output", output, "-autotune-validation", measured];
    const flags = ["-autotune-duration", duration, "-thread", availableParallelism(), "-verbose", 0];
    try {
      const limited = ["timeout", String(PATIENCE * duration), command];
      const { seconds: took } = runOnce([...limited, "supervised", ...files, ...flags.map(String)], { discard: true });
      const tested = runOnce([command, "test", `${output}.bin`, test]).output;
      const megabytes = statSync(`${output}.bin`).size / 1e6;
      rmSync(`${output}.bin`);
      rmSync(`${output}.vec`, { force: true });
      return { accuracy: Number(/P@1\s+([\d.]+)/.exec(tested)?.[1]), seconds: took, duration, megabytes };
    } catch (error) {
      if (error.message.includes(`ended with ${TIMED_OUT}`)) {
        return { accuracy: null, seconds: PATIENCE * duration, duration, megabytes: null };
      }
      if (duration > 64 * seconds) {
        console.error(`${set}: fastText found nothing: ${error.message.split("\n").at(-2)}`);
        return null;
      }
    }
  }
}

function measure(data, scratch, set, trials, fastText) {
  const files = { train: join(data, set, "train.txt"), test: join(data, set, "test.txt") };
  const model = join(scratch, `${set}.safetensors`);
  progress(`${set}: bax train`);
  const plain = runBax("train", files.train, "-o", model);
  const plainTested = runBax("test", model, files.test).found;
  progress(`${set}: bax tune --trials ${trials}`);
  const tuned = runBax("tune", files.train, "-o", model, "--trials", String(trials));
  const tested = runBax("test", model, files.test).found;
  rmSync(model);
  const { best, defaults } = tuned.found.tuning;
  const row = {
    set,
    valid: {
      defaults: defaults.score,
      best: best.score,
      gain: best.gain ?? 0,
      error: best.error ?? 0,
      trial: best.number,
    },
    test: { defaults: plainTested.accuracy, best: tested.accuracy },
    seconds: { train: plain.seconds, tune: tuned.seconds },
    megabytes: tuned.found.model.bytes / 1e6,
    command: tuned.found.commands.join("\n").replaceAll(/\S*\/(?=train\.txt|[\w-]+\.safetensors)/g, ""),
    fastText: fastText && measureFastText(fastText, scratch, set, files, tuned.seconds),
  };
  console.error(`${set}: ${JSON.stringify(row)}`);
  return row;
}

export async function ask({ data = join(shared, "data"), sets, runs, quick }) {
  const asked = sets?.split(",") ?? (quick ? QUICK.sets : [...readBaselines(data).keys()]);
  const there = asked.filter(
    (set) => existsSync(join(data, set, "train.txt")) && existsSync(join(data, set, "test.txt")),
  );
  if (there.length === 0) {
    console.error("No set to measure on. Give a folder of sets, each with train.txt and test.txt: --data FOLDER.");
    process.exit(1);
  }
  const trials = quick ? QUICK.trials : TRIALS;
  const peers = findPeers(["command"]);
  const scratch = scratchFolder(cache, "tune");
  const rows = there.map((set) => measure(data, scratch, set, trials, peers.command));
  progress("");
  const better = rows.filter(({ valid }) => valid.gain > 0).length;
  const beside = rows.filter(({ fastText }) => fastText);
  const late = beside.filter(({ fastText }) => fastText.accuracy === null);
  const above = beside.filter(
    ({ test, fastText }) => fastText.accuracy !== null && test.best > fastText.accuracy,
  ).length;
  const head = [
    "set",
    "valid: defaults",
    "best",
    "gain, points",
    "test: defaults",
    "best",
    "fastText",
    "tune, s",
    "fastText, s",
    "MB",
    "fastText, MB",
  ];
  const cells = rows.map(({ set, valid, test, seconds, megabytes, fastText }) => [
    set,
    number(valid.defaults, 4),
    number(valid.best, 4),
    `${number(100 * valid.gain)} ± ${number(100 * valid.error)}`,
    number(test.defaults, 4),
    number(test.best, 4),
    number(fastText?.accuracy, 4),
    number(seconds.tune, 1),
    number(fastText?.seconds, 1),
    number(megabytes, 1),
    number(fastText?.megabytes, 0),
  ]);
  const mean = (of) => number(rows.reduce((sum, row) => sum + of(row), 0) / rows.length, 4);
  const verdicts = [
    `- \`bax tune --trials ${trials}\` beats the defaults on text that it held out on ${better} of ${rows.length} sets.`,
    `- On the test part it is above what \`fasttext supervised -autotune-duration\` finds in the same time on ${above} of ${beside.length} sets${late.length > 0 ? `; on ${late.length} more fastText had no model after three times as long (${late.map(({ set }) => set).join(", ")})` : ""}.`,
    `- Mean on the test part: defaults ${mean(({ test }) => test.defaults)}, best ${mean(({ test }) => test.best)}.`,
  ].join("\n");
  const about = `P@1. Both search within train.txt alone; the test part is looked at once, with what was chosen. bax holds parts of it out in turn and
learns from all of it in the end; fastText is given every tenth line to measure on, the lines shuffled, as many threads as there are
cores, and as many seconds as the whole of \`bax tune\` took.`;
  publish("tune", {
    title: "Searching options",
    sections: [
      about,
      table(head, cells),
      verdicts,
      `## What was found\n\n${rows.map(({ command }) => `    ${command}`).join("\n")}`,
    ],
    data: { trials, rows },
    versions: peers.versions,
    runs,
    quick,
  });
}
