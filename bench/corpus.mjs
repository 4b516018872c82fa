// The text that speed is measured on: a large dictionary of English cut into 138,754 labelled lines (35 MB), or your own.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, shared } from "./places.mjs";

const NEWLINE = 10;
/** Lines of a short run. */
const QUICK_LINES = 20_000;

/** The first `count` lines of a file, as bytes. */
function firstLines(path, count) {
  const bytes = readFileSync(path);
  let end = 0;
  for (let line = 0; line < count && end < bytes.length; line++) end = bytes.indexOf(NEWLINE, end) + 1 || bytes.length;
  return bytes.subarray(0, end);
}

/** Paths of train.txt and test.txt: in `given`, or made once in .cache/corpus. `quick`: only the first lines of train.txt. */
export function findCorpus(given, quick) {
  const folder = given ?? join(cache, "corpus");
  const corpus = { train: join(folder, "train.txt"), test: join(folder, "test.txt") };
  const whole = () => existsSync(corpus.train) && existsSync(corpus.test);
  if (!given && !whole()) {
    const maker = join(shared, "tools/make-corpus.sh");
    if (existsSync(maker)) {
      console.error("making the corpus …");
      spawnSync("bash", [maker, folder], { stdio: ["ignore", "ignore", "inherit"] });
    }
  }
  if (!whole()) {
    console.error(
      `${folder}: there is no train.txt and test.txt\nGive a folder that has both: --corpus FOLDER (fastText lines).`,
    );
    process.exit(1);
  }
  if (!quick) return corpus;
  const short = join(cache, "bench/quick-train.txt");
  writeFileSync(short, firstLines(corpus.train, QUICK_LINES));
  return { ...corpus, train: short };
}
