// When can its probabilities be trusted: are they calibrated, does abstaining help, is what it never saw refused, do explanations hold?
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { progress, runOnce, scratchFolder } from "./measure.mjs";
import { bax, cache, requireBuild, root, shared } from "./places.mjs";
import { number, publish, table } from "./report.mjs";

/** Single-label sets with 500 or more test rows: what the promise on calibration is about. */
const SINGLE = [
  "ag-news-subset",
  "banking77",
  "langid-lingua",
  "langid-udhr",
  "mr",
  "reuters-r52",
  "reuters-r8",
  "sms-spam",
  "snips",
  "sst2",
  "sst5",
  "subj",
];
const MULTI = ["cooking-stackexchange", "nlupp", "reuters-r90-multilabel"];
/** Models in English whose refusals are looked at, and the share of their own texts that may be refused with them. */
const ENGLISH = ["ag-news-subset", "banking77", "mr", "reuters-r8", "sms-spam", "snips", "subj"];
const REFUSED_OWN = 0.05;
const MOST_ECE = 0.03;
const MOST_WORSE = 0.005;
/** Texts whose most important span is deleted, over all sets. */
const DELETIONS = 1000;
/** Texts of each other language or set. */
const FOREIGN = 2000;

const linesOf = (path) => readFileSync(path, "utf8").split("\n").filter(Boolean);
const textOf = (line) => line.replace(/(^|\s)__label__\S+/g, "").trim();
const labelOf = (line) => /__label__(\S+)/.exec(line)[1];
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function trained(load, data, set, scratch) {
  progress(`${set}: training`);
  const path = join(scratch, `${set}.safetensors`);
  runOnce([process.execPath, bax, "train", join(data, set, "train.txt"), "-o", path, "--quiet", "--json"]);
  return load(path);
}

/** ECE and log loss with and without calibration, and accuracy with and without the least sure tenth. */
function calibration(model, data, set) {
  const block = { lines: readFileSync(join(data, set, "test.txt")), file: "test.txt", firstLine: 1 };
  const [raw, calibrated] = [true, false].map((isRaw) => model.evaluate([block], { raw: isRaw }));
  const tenth = calibrated.coverage.filter(({ coverage }) => coverage <= 0.9).at(-1);
  return {
    set,
    examples: calibrated.examples,
    ece: { raw: raw.ece, calibrated: calibrated.ece },
    logLoss: { raw: raw.logLoss, calibrated: calibrated.logLoss },
    accuracy: { all: calibrated.accuracy, surest: tenth.accuracy, coverage: tenth.coverage },
  };
}

/** Whether the logit of the answer falls when the span that speaks most for it is cut out; for texts of more than one span. */
function deletions(model, texts) {
  let fell = 0;
  let count = 0;
  for (const text of texts) {
    const { label, logit, spans } = model.explain(text);
    const most = spans.reduce((a, b) => (b.contribution > a.contribution ? b : a), { contribution: 0 });
    if (spans.length < 2 || !(most.contribution > 0)) continue;
    count++;
    const shorter = `${text.slice(0, most.start)} ${text.slice(most.end)}`;
    if (model.explain(shorter, { label }).logit < logit) fell++;
  }
  return { fell, count };
}

/** Share of texts that get no answer. */
function refused(model, texts, abstain) {
  return mean(model.predictAll(texts, { abstain }).map((answers) => (answers.length === 0 ? 1 : 0)));
}

/** The value of a rule at which 5 % of the model's own texts are refused, by halving. */
function ruleFor(model, texts, name) {
  let [low, high] = [0, 1];
  // More is stricter for probabilities and margins, less for the share of what is unknown.
  const isStricter = (value) => refused(model, texts, { [name]: value }) > REFUSED_OWN;
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2;
    if (isStricter(middle) === (name === "unknown")) low = middle;
    else high = middle;
  }
  return name === "unknown" ? high : low;
}

function refusals(model, set, data, texts) {
  progress(`${set}: refusals`);
  const own = linesOf(join(data, set, "test.txt")).map(textOf);
  const rules = Object.fromEntries(
    ["probability", "margin", "unknown"].map((name) => [name, ruleFor(model, own, name)]),
  );
  const both = { probability: rules.probability, unknown: rules.unknown };
  const rates = (foreign) => ({
    probability: refused(model, foreign, { probability: rules.probability }),
    margin: refused(model, foreign, { margin: rules.margin }),
    unknown: refused(model, foreign, { unknown: rules.unknown }),
    either: refused(model, foreign, both),
  });
  const domains = ENGLISH.filter((other) => other !== set).flatMap((other) => texts[other]);
  return { set, rules, own: refused(model, own, both), languages: rates(texts.languages), domains: rates(domains) };
}

function some(lines, count) {
  const step = Math.max(1, Math.floor(lines.length / count));
  return lines.filter((_, i) => i % step === 0).slice(0, count);
}

function foreignTexts(data) {
  const languages = linesOf(join(data, "langid-udhr", "test.txt")).filter((line) => !/^en|^sco/.test(labelOf(line)));
  const texts = { languages: some(languages, FOREIGN).map(textOf) };
  for (const set of ENGLISH) texts[set] = some(linesOf(join(data, set, "test.txt")), 300).map(textOf);
  return texts;
}

export async function ask({ data = join(shared, "data"), sets, quick, runs }) {
  requireBuild();
  const { load } = await import(join(root, "packages/bax/dist/node.js"));
  const scratch = scratchFolder(cache, "trust");
  const asked = (sets ? sets.split(",") : [...SINGLE, ...MULTI]).slice(0, quick ? 1 : undefined);
  const texts = foreignTexts(data);
  const found = { calibration: [], refusals: [], deletions: { fell: 0, count: 0 } };
  try {
    for (const set of asked) {
      const model = await trained(load, data, set, scratch);
      found.calibration.push(calibration(model, data, set));
      if (ENGLISH.includes(set)) found.refusals.push(refusals(model, set, data, texts));
      const cut = deletions(
        model,
        some(linesOf(join(data, set, "test.txt")), Math.ceil(DELETIONS / asked.length)).map(textOf),
      );
      found.deletions.fell += cut.fell;
      found.deletions.count += cut.count;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  publish("trust", {
    title: "When can its probabilities be trusted?",
    sections: sectionsOf(found),
    data: found,
    versions: {},
    runs,
    quick,
  });
}

function sectionsOf({ calibration, refusals, deletions }) {
  const single = calibration.filter(({ set }) => SINGLE.includes(set));
  const good = single.filter(({ ece }) => ece.calibrated <= MOST_ECE).length;
  const worst = Math.max(...single.map(({ ece }) => ece.calibrated - ece.raw));
  const better = calibration.filter(({ accuracy }) => accuracy.surest > accuracy.all).length;
  const percent = (value) => number(100 * value, 1);
  return [
    "## Calibration, and abstaining on the least sure tenth\n\nWhole test sets; the temperature is fitted on what training holds out.",
    table(
      ["set", "rows", "ECE raw", "ECE", "log loss raw", "log loss", "accuracy", "surest 90 %"],
      calibration.map(({ set, examples, ece, logLoss, accuracy }) => [
        SINGLE.includes(set) ? set : `${set} (several labels)`,
        examples,
        number(ece.raw, 4),
        number(ece.calibrated, 4),
        number(logLoss.raw, 3),
        number(logLoss.calibrated, 3),
        percent(accuracy.all),
        percent(accuracy.surest),
      ]),
    ),
    `${good} of ${single.length} sets with one label a text have an ECE of ${MOST_ECE} or less; the most that calibration made it worse is ${number(worst, 4)} (allowed: ${MOST_WORSE}). Abstaining raises accuracy on ${better} of ${calibration.length} sets.`,
    `## Texts of a language or a domain never seen\n\nShare refused, in percent, by rules that refuse ${percent(REFUSED_OWN)} % of the model's own test texts each.`,
    table(
      [
        "model",
        "own, either",
        "languages: probability",
        "margin",
        "unknown",
        "either",
        "domains: probability",
        "margin",
        "unknown",
        "either",
      ],
      refusals.map(({ set, own, languages, domains }) => [
        set,
        percent(own),
        ...[languages, domains].flatMap((rates) =>
          [rates.probability, rates.margin, rates.unknown, rates.either].map(percent),
        ),
      ]),
    ),
    `## Explanations\n\nCutting out the span that speaks most for the answer lowers its logit in ${deletions.fell} of ${deletions.count} texts (${percent(deletions.fell / deletions.count)} %).`,
  ];
}
