// Does training on text larger than memory keep to its limit, and at what rate, beside the same text in memory?
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { claim } from "./claims.mjs";
import { findCorpus } from "./corpus.mjs";
import { compare, progress, scratchFolder } from "./measure.mjs";
import { bax, cache } from "./places.mjs";
import { number, publish, ratio, table } from "./report.mjs";

/** Copies of the corpus (35 MB each): what still fits into memory whole. */
const COPIES = 10;
const LIMIT_MEGABYTES = 500;
/** Beside the limit and the model: the runtime itself. */
const RUNTIME_MEGABYTES = 100;
/** Of the rate in memory. */
const LEAST_SHARE = 0.7;

export async function ask({ corpus, runs, quick }) {
  const folder = scratchFolder(cache, "memory");
  const { train } = findCorpus(corpus, quick);
  const data = join(folder, "train.txt");
  const copies = quick ? 1 : COPIES;
  const limit = quick ? 64 : LIMIT_MEGABYTES;
  progress("making text");
  const text = readFileSync(train);
  const file = openSync(data, "w");
  for (let copy = 0; copy < copies; copy++) writeSync(file, text);
  closeSync(file);
  const learn = (name, ...flags) => {
    const model = join(folder, `${name}.safetensors`);
    return [process.execPath, bax, "train", data, "-o", model, "--epochs", "1", "--valid", "0", "--quiet", ...flags];
  };
  const measured = compare(
    { "in memory": learn("whole"), "within the limit": learn("limited", "--memory", `${limit}MB`) },
    { runs, discard: true },
  );
  const [whole, limited] = [measured["in memory"], measured["within the limit"]];
  const modelMegabytes = statSync(join(folder, "limited.safetensors")).size / 2 ** 20;
  const share = whole.seconds / limited.seconds;
  const most = limit + modelMegabytes + RUNTIME_MEGABYTES;
  const section = `${copies} copies of the corpus, ${number((text.length * copies) / 1e6, 0)} MB of text, one epoch, whole processes.

${table(
  ["", "seconds", "peak, MB", "asked"],
  [
    ["in memory", number(whole.seconds), number(whole.peakMegabytes, 0), ""],
    [
      `--memory ${limit}MB`,
      number(limited.seconds),
      number(limited.peakMegabytes, 0),
      `≤ ${number(most, 0)} MB (limit, model, ${RUNTIME_MEGABYTES} MB)`,
    ],
  ],
)}

Rate beside that in memory: ${ratio(share, 1)} (asked: ${LEAST_SHARE} or more).`;
  rmSync(data);
  publish("memory", {
    title: "Text larger than memory",
    claims: [
      claim(`peak memory with --memory ${limit}MB`, "≤", most, limited.peakMegabytes, {
        unit: "MB",
        note: `limit, model, ${RUNTIME_MEGABYTES} MB`,
      }),
      claim("rate within the limit, beside that in memory", "≥", LEAST_SHARE, share),
    ],
    sections: [section],
    data: { copies, limit, share, most, modelMegabytes, measured },
    versions: {},
    runs,
    quick,
  });
}
