// What does it cost to make a model of `bax train` smaller?
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { progress, runOnce } from "./measure.mjs";
import { bax } from "./places.mjs";
import { number, table } from "./report.mjs";

const SETS = ["cooking-stackexchange", "ag-news-subset", "langid-lingua"];
/** The part of the dense file that is asked for, and how many points that may cost. */
const SHARE = 0.02;
const MOST_LOST = 1;
const SIZES = { "2MB": 2e6, "1MB": 1e6, "500kB": 5e5 };
/** A file may be so much smaller than asked for. */
const LEAST_SHARE = 0.98;

function compress(model, test, output, size) {
  const command = [process.execPath, bax, "compress", model, test, "-o", output, "--size", String(size), "--json"];
  const { seconds, output: text } = runOnce(command);
  const { before, after } = JSON.parse(text);
  return {
    bytes: after.bytes,
    features: after.features,
    lost: 100 * (before.accuracy - after.accuracy),
    seconds,
    before: { bytes: before.bytes, accuracy: before.accuracy },
  };
}

/** Sizes and losses of `bax compress`. */
export async function askCompression({ data, scratch, contract, quick, sets }) {
  const rows = [];
  const wanted = (quick ? ["ag-news-subset"] : SETS).filter((set) => sets?.includes(set) ?? true);
  for (const set of wanted) {
    const [train, test] = ["train.txt", "test.txt"].map((part) => join(data, set, part));
    if (!existsSync(train)) continue;
    const model = join(scratch, `${set}.safetensors`);
    progress(`${set}: bax train`);
    runOnce([process.execPath, bax, "train", train, "-o", model, "--quiet", "--json"]);
    const dense = statSync(model).size;
    for (const [asked, size] of [[`${SHARE * 100} %`, Math.floor(dense * SHARE)], ...Object.entries(SIZES)]) {
      progress(`${set}: bax compress, ${asked}`);
      rows.push({ set, asked, size, dense, ...compress(model, test, join(scratch, `${set}-small.safetensors`), size) });
    }
  }
  for (const row of rows.filter(({ asked }) => !(asked in SIZES))) {
    const share = row.bytes / row.dense;
    contract.add(
      `\`bax compress\` on ${row.set}: at most 2 % of the file for at most ${MOST_LOST} point`,
      `${number(100 * share)} %, ${number(row.lost)} points lost`,
      share <= SHARE && row.lost <= MOST_LOST,
    );
  }
  const sized = rows.filter(({ asked }) => asked in SIZES);
  const shares = sized.map(({ bytes, size }) => bytes / size);
  const far = sized.filter((_, i) => shares[i] > 1 || shares[i] < LEAST_SHARE);
  contract.add(
    "`bax compress --size` comes within 2 % and never beyond",
    `from ${number(100 * Math.min(...shares), 1)} to ${number(100 * Math.max(...shares), 1)} % of the size asked for`,
    sized.length === 0 ? null : far.length === 0,
  );
  const cells = rows.map((row) => [
    `${row.set}, ${row.asked}`,
    number(row.dense / 1e6),
    number(row.bytes / 1e6, 3),
    number((100 * row.bytes) / row.dense),
    number((100 * row.bytes) / row.size, 1),
    row.features.toLocaleString("en-GB"),
    number(row.before.accuracy, 4),
    number(-row.lost).replace("-", "−"),
    number(row.seconds, 1),
  ]);
  const head = [
    "set, asked for",
    "dense, MB",
    "MB",
    "% of dense",
    "% of asked",
    "features",
    "P@1",
    "points",
    "seconds",
  ];
  return {
    sections: [
      `## \`bax compress --size\`\n\nModels of \`bax train\` without a flag; P@1 of the dense model on the test part and what is lost of it; seconds of the whole command, which
measures both models.\n\n${table(head, cells)}`,
    ],
    data: { compression: rows },
  };
}
