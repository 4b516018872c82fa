// `bax fasttext supervised` beside fastText: the same flags, the same sets, one thread each.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBaselines } from "./accuracy.mjs";
import { askPython } from "./fasttextFiles.mjs";
import { progress, runOnce } from "./measure.mjs";
import { bax } from "./places.mjs";
import { number, ratio, table } from "./report.mjs";

const SETS = "mr subj sst2 sst5 banking77 snips reuters-r8 reuters-r52 sms-spam ag-news-subset".split(" ");
const MULTI_LABEL = ["cooking-stackexchange", "nlupp", "reuters-r90-multilabel"];
const MULTI_LABEL_LOSSES = ["ova", "hs"];

/** Numbers from a seed (Marsaglia's xorshift), so that the lines are shuffled the same way every time. */
function shuffled(lines) {
  let state = 1;
  const below = (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
  const order = [...lines];
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The flags as PyPI's train_supervised takes them. */
function pythonFlags(flags) {
  const given = {};
  for (let i = 0; i < flags.length; i += 2) {
    const [name, value] = [flags[i].slice(1), flags[i + 1]];
    given[name] = Number.isNaN(Number(value)) ? value : Number(value);
  }
  return given;
}

function measure({ data, scratch, peers }, set, flags) {
  const [train, test] = ["train.txt", "test.txt"].map((part) => join(data, set, part));
  const output = join(scratch, `trained-${set}`);
  progress(`${set}: bax fasttext supervised ${flags.join(" ")}`);
  const same = ["-input", train, "-output", output, "-thread", "1", "-verbose", "0"];
  const { seconds } = runOnce([process.execPath, bax, "fasttext", "supervised", ...same, ...flags]);
  const tested = runOnce([process.execPath, bax, "test", `${output}.bin`, test, "--json"]);
  const { accuracy } = JSON.parse(tested.output);
  // fastText learns in the order of the file: for it the lines are shuffled, as they were for the figures on record.
  const mixed = join(scratch, `shuffled-${set}.txt`);
  const lines = readFileSync(train, "utf8").split("\n").filter(Boolean);
  if (!existsSync(mixed)) writeFileSync(mixed, `${shuffled(lines).join("\n")}\n`);
  progress(`${set}: fastText ${flags.join(" ")}`);
  const theirs = askPython(peers.fastText, [{ train: mixed, test, ...pythonFlags(flags) }])?.[0] ?? null;
  return { set, accuracy, seconds, theirs };
}

function mean(values) {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

function report(rows) {
  const cells = rows.map((row) => [
    row.loss ? `${row.set}, ${row.loss}` : row.set,
    number(row.accuracy, 4),
    number(row.recorded, 3),
    number(row.theirs?.precision, 4),
    number(row.seconds),
    number(row.theirs?.seconds),
    ratio(row.theirs?.seconds, row.seconds),
  ]);
  const of = (value) => mean(rows.map(value).filter((one) => typeof one === "number"));
  const means = [
    of((row) => row.accuracy),
    of((row) => row.recorded),
    of((row) => row.theirs?.precision),
    of((row) => row.seconds),
    of((row) => row.theirs?.seconds),
  ];
  cells.push([
    "mean",
    number(means[0], 4),
    number(means[1], 4),
    number(means[2], 4),
    number(means[3]),
    number(means[4]),
    ratio(means[4], means[3]),
  ]);
  const head = ["", "bax", "on record", "fastText now", "bax, s", "fastText, s", "faster by"];
  return { text: table(head, cells), means };
}

/** Training: how often it is right and how long it takes, beside fastText. */
export async function askTraining(about) {
  const { data, contract, quick, sets } = about;
  const baselines = readBaselines(data);
  const there = (list) =>
    list.filter((set) => existsSync(join(data, set, "train.txt")) && (sets?.includes(set) ?? true));
  const single = there(quick ? ["sms-spam"] : SETS);
  const recorded = (set) => baselines.get(set)?.shuffled ?? null;
  const flagsOf = (set) => baselines.get(set)?.flags?.split(" ") ?? [];
  const runs = {
    flags: single.map((set) => ({ ...measure(about, set, flagsOf(set)), recorded: recorded(set) })),
    plain: single.map((set) => ({ ...measure(about, set, []), recorded: null })),
    several: there(quick ? ["nlupp"] : MULTI_LABEL).flatMap((set) =>
      MULTI_LABEL_LOSSES.map((loss) => {
        const flags = flagsOf(set).map((flag, i, all) => (all[i - 1] === "-loss" ? loss : flag));
        return { ...measure(about, set, flags), loss, recorded: loss === "ova" ? recorded(set) : null };
      }),
    ),
  };
  const [flags, plain, several] = [runs.flags, runs.plain, runs.several].map(report);
  const compare = (what, ours, theirs) =>
    contract.add(
      what,
      `${number(ours, 4)} beside ${number(theirs, 4)}`,
      ours === null || theirs === null ? null : ours >= theirs,
    );
  compare("mean P@1 with the flags on record is at least fastText's on record", flags.means[0], flags.means[1]);
  compare("mean P@1 without a flag is at least fastText's on record, with its flags", plain.means[0], flags.means[1]);
  compare("mean P@1 without a flag is at least that of fastText without a flag", plain.means[0], plain.means[2]);
  for (const loss of MULTI_LABEL_LOSSES) {
    const rows = runs.several.filter((row) => row.loss === loss);
    const ours = mean(rows.map((row) => row.accuracy));
    const what = `mean P@1 on data with several labels, -loss ${loss}, is at least`;
    // The record has one-vs-all only.
    compare(
      `${what} fastText's on record (ova)`,
      ours,
      mean(rows.map((row) => recorded(row.set)).filter(Number.isFinite)),
    );
    const theirs = rows.map((row) => row.theirs?.precision).filter((one) => typeof one === "number");
    compare(`${what} that of fastText with the same loss`, ours, theirs.length === rows.length ? mean(theirs) : null);
  }
  const explanation = `P@1 on the test part; one thread each. "On record": baselines.tsv, column \`shuffled\`. "fastText now": PyPI's module on shuffled
lines; its seconds are those of \`train_supervised\`, bax's those of the whole command, file and all.`;
  return {
    sections: [
      `## \`bax fasttext supervised\` with the flags on record\n\n${explanation}\n\n${flags.text}`,
      `## Without a flag\n\n${plain.text}`,
      `## Several labels a text\n\nThe flags on record, with each loss.\n\n${several.text}`,
    ],
    data: { training: runs },
  };
}
