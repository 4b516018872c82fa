// Files go both ways: what bax writes the real fastText reads, and the other way round, with the same answers.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { progress, runOnce } from "./measure.mjs";
import { bax, bench, root } from "./places.mjs";
import { number, ratio, table } from "./report.mjs";

/** How far a probability may be from fastText's. */
const NEAR = 1e-5;
const LANGUAGES = join(root, "node_modules/fasttext.wasm.js/dist/fastText/models/lid.176.ftz");
const LOSSES = ["softmax", "hs", "ns", "ova"];
const SHAPES = {
  words: [],
  bigrams: ["-wordNgrams", "2", "-bucket", "5000"],
  subwords: ["-minn", "2", "-maxn", "4", "-bucket", "5000"],
};
/** Ways to quantise, by dimension. */
const WAYS = {
  10: { plain: [], retrain: ["-cutoff", "2000", "-retrain"] },
  100: { qnorm: ["-qnorm", "-dsub", "7"] },
};

const own = (...args) => [process.execPath, bax, "fasttext", ...args];

/** Runs a command that is not timed; returns what it prints. */
function run([program, ...args]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}\n${stderr}`);
  return stdout;
}

/** Lines of `predict-prob` as pairs of label and probability, null for an empty line. */
function answersOf(output) {
  return output
    .split("\n")
    .slice(0, -1)
    .map((line) => (line === "" ? null : [line.split(" ")[0], Number(line.split(" ")[1])]));
}

/** How two lists of answers differ: lines with another label, and the greatest difference of probabilities. */
function differ(ours, theirs) {
  let labels = Math.abs(ours.length - theirs.length);
  let probability = 0;
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
    if (ours[i]?.[0] !== theirs[i]?.[0]) labels++;
    // fastText's can be 1.00004, ours end at 1.
    else if (ours[i]) probability = Math.max(probability, Math.abs(ours[i][1] - Math.min(1, theirs[i][1])));
  }
  return { labels, probability, lines: ours.length };
}

/** Sends jobs to PyPI's fastText, all to one process; null without it. */
export function askPython(python, jobs) {
  if (python === null || jobs.length === 0) return null;
  const { status, stdout, stderr } = spawnSync(python, [join(bench, "python/ask_fasttext.py")], {
    input: JSON.stringify(jobs),
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`ask_fasttext.py ended with ${status}\n${stderr}`);
  return JSON.parse(stdout);
}

function worst(list) {
  return {
    labels: list.reduce((sum, one) => sum + one.labels, 0),
    probability: Math.max(0, ...list.map((one) => one.probability)),
    lines: list.reduce((sum, one) => sum + one.lines, 0),
  };
}

function told({ labels, probability, lines }) {
  return `${labels} of ${lines.toLocaleString("en-GB")} labels differ, probabilities by ${probability.toExponential(1)} at most`;
}

/** lid.176.ftz, a pruned and quantised model of 176 labels that the makers of fastText gave away, on text in many scripts. */
function askLanguages({ data, scratch, peers, contract, quick }) {
  const text = join(data, "langid-lingua/test.txt");
  if (!existsSync(LANGUAGES) || !existsSync(text)) return null;
  const lines = readFileSync(text, "utf8").split("\n").length - 1;
  const times = quick ? 1 : 3;
  const measure = (...command) => {
    const best = (path) => {
      const all = Array.from({ length: times }, () => runOnce([...command, path]));
      return { output: all[0].output, seconds: Math.min(...all.map(({ seconds }) => seconds)) };
    };
    const { output, seconds } = best(text);
    return { output, seconds, start: best(one).seconds };
  };
  progress("lid.176.ftz");
  const one = join(scratch, "one-line.txt");
  writeFileSync(one, "Hello, world!\n");
  const ours = measure(...own("predict-prob", LANGUAGES));
  const rows = [["`bax fasttext predict-prob`", lines, ours]];
  if (peers.command) {
    const theirs = measure(peers.command, "predict-prob", LANGUAGES);
    rows.push(["`fasttext predict-prob` (Debian)", lines, theirs]);
    const found = differ(answersOf(ours.output), answersOf(theirs.output));
    contract.add(
      "lid.176.ftz answers as Debian's command",
      told(found),
      found.labels === 0 && found.probability <= NEAR,
    );
  }
  const python = askPython(peers.fastText, [{ model: LANGUAGES, data: text }]);
  if (python) {
    const found = differ(
      answersOf(ours.output),
      python[0].answers.map((answers) => answers[0] ?? null),
    );
    contract.add("lid.176.ftz answers as PyPI's module", told(found), found.labels === 0 && found.probability <= NEAR);
  }
  const cells = rows.map(([name, count, { start, seconds }]) => [
    name,
    number(start),
    number(seconds),
    Math.round(count / (seconds - start)).toLocaleString("en-GB"),
    ratio(seconds, ours.seconds),
  ]);
  return {
    section: `## lid.176.ftz\n\n${lines.toLocaleString("en-GB")} lines in 75 languages; the best of ${times}. The start is the time of a run on one line.\n\n${table(["", "start, s", "whole run, s", "lines/s after the start", "of bax's time"], cells)}`,
    data: { lines, runs: rows.map(([name, , { start, seconds }]) => ({ name, start, seconds })) },
  };
}

/** Models that `bax fasttext supervised` and `quantize` make, as { name, file } of what they wrote. */
function makeModels({ data, scratch, quick }) {
  const models = [];
  const make = (name, set, flags, ways) => {
    const [train, test] = ["train.txt", "test.txt"].map((part) => join(data, set, part));
    const output = join(scratch, name);
    progress(`${name}: bax fasttext supervised`);
    run(own("supervised", "-input", train, "-output", output, ...flags, "-thread", "1", "-verbose", "0"));
    models.push({ name, way: "dense", file: `${output}.bin`, test });
    for (const [way, more] of Object.entries(ways)) {
      progress(`${name}: bax fasttext quantize, ${way}`);
      const epochs = way === "retrain" ? ["-epoch", "3"] : [];
      const same = ["-input", train, "-output", output, "-thread", "1", "-verbose", "0"];
      run(own("quantize", ...same, ...epochs, ...more));
      // Each way writes the same file: it is kept under another name.
      const file = `${output}-${way}.ftz`;
      renameSync(`${output}.ftz`, file);
      models.push({ name, way, file, test });
    }
  };
  for (const loss of quick ? ["softmax"] : LOSSES) {
    for (const [shape, flags] of Object.entries(SHAPES)) {
      for (const dim of quick ? [10] : [10, 100]) {
        const base = ["-loss", loss, "-dim", String(dim), "-epoch", "5", "-lr", "0.3", ...flags];
        make(`${loss}-${shape}-${dim}`, "snips", base, WAYS[dim]);
      }
    }
    // -qout needs 256 labels.
    const many = ["-loss", loss, "-dim", "10", "-epoch", "3", "-lr", "0.3", "-minCount", "3"];
    make(`${loss}-many-10`, "cooking-stackexchange", many, { qout: ["-qnorm", "-qout"] });
  }
  return models;
}

/** What bax writes, read by the real fastText. */
function askWritten(about) {
  const { peers, contract } = about;
  const models = makeModels(about);
  const rows = models.map((model) => {
    progress(`${model.name}, ${model.way}: answers`);
    const ours = answersOf(run(own("predict-prob", model.file, model.test)));
    const ourTest = run(own("test", model.file, model.test));
    const row = {
      ...model,
      bytes: statSync(model.file).size,
      ours,
      ourTest,
      command: null,
      sameTest: null,
      python: null,
    };
    if (peers.command) {
      row.command = differ(ours, answersOf(run([peers.command, "predict-prob", model.file, model.test])));
      row.theirTest = run([peers.command, "test", model.file, model.test]);
      row.sameTest = ourTest.replace(/\s+/g, " ") === row.theirTest.replace(/\s+/g, " ");
    }
    return row;
  });
  progress("PyPI's fastText");
  const jobs = rows.map(({ file, test }) => ({ model: file, data: test }));
  const fromPython = askPython(peers.fastText, jobs);
  if (fromPython) {
    for (const [i, row] of rows.entries()) {
      row.python = differ(
        row.ours,
        fromPython[i].answers.map((answers) => answers[0] ?? null),
      );
    }
  }
  for (const [name, key] of [
    ["Debian's command", "command"],
    ["PyPI's module", "python"],
  ]) {
    const list = rows.map((row) => row[key]).filter((found) => found !== null);
    const all = worst(list);
    const figure = `${list.length} files, ${told(all)}`;
    const holds = list.length === 0 ? null : all.labels === 0 && all.probability <= NEAR;
    contract.add(`models of bax, dense and quantised, are answered alike by ${name}`, figure, holds);
  }
  const tested = rows.filter((row) => row.sameTest !== null);
  const other = tested.filter((row) => !row.sameTest);
  const names = other.map(({ name, way }) => `${name} ${way}`).join(", ");
  contract.add(
    "`test` prints the same digits",
    `${tested.length - other.length} of ${tested.length} files${names ? ` (not: ${names})` : ""}`,
    tested.length === 0 ? null : other.length === 0,
  );
  const shown = (found) => (found ? [found.labels, found.probability.toExponential(1)] : ["–", "–"]);
  const cells = rows.map((row) => [
    `${row.name}, ${row.way}`,
    (row.bytes / 1000).toFixed(0),
    /P@1\s(\S+)/.exec(row.ourTest)?.[1] ?? "–",
    ...shown(row.command),
    ...shown(row.python),
    row.sameTest === null ? "–" : row.sameTest ? "same" : "other",
  ]);
  const head = [
    "loss, features, dim, way",
    "kB",
    "P@1",
    "labels (Debian)",
    "prob.",
    "labels (PyPI)",
    "prob.",
    "`test`",
  ];
  return {
    section: `## Models of bax in the real fastText\n\nsnips (700 test lines); \`many\`: cooking-stackexchange (3,000). Labels that differ, and the greatest difference of probabilities.\n\n${table(head, cells)}`,
    data: rows.map(({ name, way, bytes, command, python, sameTest }) => ({
      name,
      way,
      bytes,
      command,
      python,
      sameTest,
    })),
  };
}

/** Models of the real fastText, read by bax and written again. */
function askRewritten({ data, scratch, peers, contract, quick }) {
  if (!peers.command) {
    contract.add("models of fastText are written again byte for byte", "no fastText to make them", null);
    return null;
  }
  const [train, same] = [join(data, "snips/train.txt"), []];
  for (const loss of quick ? ["softmax"] : LOSSES) {
    for (const [shape, flags] of Object.entries(SHAPES)) {
      const output = join(scratch, `real-${loss}-${shape}`);
      progress(`${loss}, ${shape}: fasttext supervised`);
      const base = ["-input", train, "-output", output, "-thread", "1", "-verbose", "0"];
      run([peers.command, "supervised", ...base, "-loss", loss, "-dim", "10", "-epoch", "3", ...flags]);
      run([peers.command, "quantize", ...base, "-qnorm"]);
      for (const ending of ["bin", "ftz"]) {
        const again = `${output}-again.${ending}`;
        run([process.execPath, bax, "convert", `${output}.${ending}`, "-o", again, "--quiet"]);
        same.push({
          name: `${loss}, ${shape}`,
          ending,
          same: readFileSync(again).equals(readFileSync(`${output}.${ending}`)),
        });
      }
    }
  }
  for (const ending of ["bin", "ftz"]) {
    const files = same.filter((one) => one.ending === ending);
    const kept = files.filter((one) => one.same).length;
    contract.add(
      `a .${ending} of fastText is written again byte for byte`,
      `${kept} of ${files.length} files`,
      kept === files.length,
    );
  }
  const names = [...new Set(same.map(({ name }) => name))];
  const cell = (name, ending) =>
    same.find((one) => one.name === name && one.ending === ending).same ? "same" : "other";
  const cells = names.map((name) => [name, cell(name, "bin"), cell(name, "ftz")]);
  return {
    section: `## Models of the real fastText, read and written by \`bax convert\`\n\n${table(["loss, features", ".bin", ".ftz"], cells)}`,
    data: same,
  };
}

/** Files in both directions. */
export async function askFiles(about) {
  const [languages, written, rewritten] = [askLanguages(about), askWritten(about), askRewritten(about)];
  return {
    sections: [languages, written, rewritten].filter((part) => part !== null).map(({ section }) => section),
    data: { languages: languages?.data ?? null, written: written.data, rewritten: rewritten?.data ?? null },
  };
}
