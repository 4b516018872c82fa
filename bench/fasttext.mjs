// Does bax keep its contract with the real fastText? Files go both ways, answers are the same, and training is no worse.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { askCompression } from "./compression.mjs";
import { askFiles } from "./fasttextFiles.mjs";
import { askTraining } from "./fasttextTraining.mjs";
import { progress, scratchFolder } from "./measure.mjs";
import { findPeers } from "./peers.mjs";
import { cache, shared } from "./places.mjs";
import { publish } from "./report.mjs";

/** Lines of the contract, each with its figure and whether it holds; `null` where it could not be looked at. */
export class Contract {
  lines = [];

  /** Adds a line. `holds`: true, false, or null for "not measured". */
  add(what, figure, holds) {
    this.lines.push({ what, figure, holds });
    console.error(`${holds === null ? "not measured" : holds ? "holds" : "DOES NOT HOLD"}: ${what}: ${figure}`);
  }

  get broken() {
    return this.lines.filter(({ holds }) => holds === false);
  }

  toMarkdown() {
    const word = (holds) => (holds === null ? "not measured" : holds ? "holds" : "**does not hold**");
    return this.lines.map(({ what, figure, holds }) => `- ${what}: ${figure} (${word(holds)})`).join("\n");
  }
}

export async function ask({ data = join(shared, "data"), sets, runs, quick }) {
  if (!existsSync(data)) {
    console.error(`No sets in ${data}. Give a folder of sets, each with train.txt and test.txt: --data FOLDER.`);
    process.exit(1);
  }
  const peers = findPeers(["fasttext", "command"]);
  const contract = new Contract();
  const scratch = scratchFolder(cache, "fasttext");
  mkdirSync(scratch, { recursive: true });
  const wanted = sets?.split(",");
  const about = { data, scratch, peers, contract, quick, sets: wanted };
  const parts = [];
  for (const part of [askFiles, askTraining, askCompression]) parts.push(await part(about));
  progress("");
  const found = { contract: contract.lines, ...Object.assign({}, ...parts.map((part) => part.data)) };
  const sections = [`## The contract\n\n${contract.toMarkdown()}`, ...parts.flatMap((part) => part.sections)];
  const question = wanted ? "fasttext-part" : "fasttext";
  publish(question, {
    title: "Beside the real fastText",
    sections,
    data: found,
    versions: peers.versions,
    runs,
    quick,
  });
  if (contract.broken.length === 0) return;
  console.error(`\n${contract.broken.length} of ${contract.lines.length} lines of the contract do not hold.`);
  process.exitCode = 1;
}
