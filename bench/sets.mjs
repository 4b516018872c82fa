// Labelled sets beside the repository (../shared/data), and copies of them in another order or another form.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shared } from "./places.mjs";

/** Lines of a set that a short run takes; on much less fastText ends with "Encountered NaN". */
const QUICK_LINES = 12_500;

/** Names of the sets in a folder, or those of a list joined by commas. Ends where there is none. */
export function findSets(data = join(shared, "data"), wanted = undefined) {
  const has = (name) => existsSync(join(data, name, "train.txt")) && existsSync(join(data, name, "test.txt"));
  const names = wanted?.split(",") ?? (existsSync(data) ? readdirSync(data).filter(has).sort() : []);
  const missing = names.find((name) => !has(name));
  if (names.length > 0 && missing === undefined) return { folder: data, names };
  console.error(
    `${missing === undefined ? `No sets in ${data}` : `No set ${missing} in ${data}`}. Give a folder of sets, each with train.txt and test.txt: --data FOLDER.`,
  );
  process.exit(1);
}

/** The same whole numbers below 2^32 on every machine. */
export function numbersOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  };
}

export function readLines(path) {
  const lines = readFileSync(path, "utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export function writeLines(path, lines) {
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
}

/** Lines in an order that is the same each time. */
export function shuffled(lines, seed = 1) {
  const next = numbersOf(seed);
  const copy = [...lines];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = next() % (i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/**
 * The training part of a set, shuffled, since fastText takes lines as they come and some sets are sorted by label; and its test part.
 * Returns their paths and how many lines they have.
 */
export function shuffledSet({ folder, name, to, quick }) {
  const lines = shuffled(readLines(join(folder, name, "train.txt"))).slice(0, quick ? QUICK_LINES : undefined);
  const train = join(to, `${name}.train.txt`);
  writeLines(train, lines);
  const test = join(folder, name, "test.txt");
  return { train, test, trainLines: lines.length, testLines: readLines(test).length };
}

/** A line as its labels and its text. */
export function splitLine(line) {
  const labels = [];
  let rest = line;
  for (let match = /^__label__(\S*)\s*/.exec(rest); match; match = /^__label__(\S*)\s*/.exec(rest)) {
    labels.push(match[1]);
    rest = rest.slice(match[0].length);
  }
  return { labels, text: rest };
}
