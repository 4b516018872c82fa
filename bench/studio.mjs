// How does the studio feel? In a real Chromium: how soon the page is there, how fast it answers a key, and whether it stays alive over much data.
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { packedSizes, startStudio, tracedLoad, typed, watched, withPage } from "./browser.mjs";
import { claim } from "./claims.mjs";
import { median, progress, scratchFolder } from "./measure.mjs";
import { cache, shared } from "./places.mjs";
import { number, publish, table } from "./report.mjs";
import { numbersOf, splitLine } from "./sets.mjs";

/** What is asked: kilobytes packed, seconds, a sum of shifts, milliseconds a key. */
const MOST = { kilobytes: 300, paint: 1.5, shift: 0.05, key: 16 };
/** A page that shows no frame for longer, in seconds, is taken for one that is frozen. */
const FROZEN = 0.5;
const LEAST_FEATURES = 100_000;
/** Sets whose models have enough features, made of their training part; what is typed is from their test part. */
const SETS = ["ag-news-subset", "reuters-r52"];
const KEYS = { whole: 240, quick: 40 };
const ROWS = { whole: 200_000, quick: 20_000 };
const HUGE_BYTES = { whole: 300e6, quick: 30e6 };
/** Milliseconds that no training here takes. */
const PATIENCE = 1_800_000;

const SYLLABLES =
  "ba be bi bo da de di do ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to".split(
    " ",
  );
const WORDS = 30_000;
const LABELS = 10;
const OWN_WORDS = 400;

/** Rows of CSV that are the same each time: ten labels, a third of whose words are their own; few words are frequent, most are rare. */
function* generatedRows(seed) {
  const next = numbersOf(seed);
  const share = () => next() / 2 ** 32;
  const word = (index) => {
    let name = "";
    for (let rest = index + SYLLABLES.length; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
      name += SYLLABLES[rest % SYLLABLES.length];
    return name;
  };
  const words = Array.from({ length: WORDS }, (_, index) => word(index));
  yield "text,label\n";
  for (;;) {
    const label = next() % LABELS;
    const text = Array.from({ length: 8 + (next() % 13) }, () => {
      const isOwn = next() % 3 === 0;
      const rare = share() ** 3;
      return words[isOwn ? label + LABELS * Math.floor(rare * OWN_WORDS) : Math.floor(rare * WORDS)];
    });
    yield `${text.join(" ")},kind ${label}\n`;
  }
}

/** Writes generated rows: so many, or as many as fill so many bytes. Returns how many. */
function writeRows(path, { rows = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY }) {
  const file = openSync(path, "w");
  let [count, written, block] = [-1, 0, ""];
  for (const row of generatedRows(7)) {
    count++;
    block += row;
    const isLast = count >= rows || written + block.length >= bytes;
    if (!isLast && block.length < 1 << 20) continue;
    written += writeSync(file, block);
    block = "";
    if (isLast) break;
  }
  closeSync(file);
  return count;
}

/** Opens the studio's page and does something with it. */
function inStudio({ url }, work) {
  return withPage(async (page) => {
    await page.goto(url);
    await page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();
    return work(page);
  });
}

/** Gives the page a file, and waits until it has been read. */
async function read(page, path) {
  await page.getByLabel("A file of labelled texts").setInputFiles(path);
  await page.getByRole("button", { name: "Next: train" }).waitFor({ timeout: PATIENCE });
}

/** Trains with the defaults, and waits for the model. */
async function train(page) {
  await page
    .getByRole("button", { name: /^Train/ })
    .first()
    .click();
  await page.getByRole("heading", { name: "Your model" }).waitFor({ timeout: PATIENCE });
}

/** A figure of the model that the tab Train shows, as a number. */
async function figure(page, name) {
  const shown = page.locator(".bax-figures > div", { has: page.getByText(name, { exact: true }) }).locator("dd");
  return Number((await shown.first().textContent()).replaceAll(",", ""));
}

async function askLoad(studio, runs) {
  const loads = [];
  for (let run = 0; run < runs; run++) {
    progress(`load ${run + 1} of ${runs}`);
    const isThere = async (page) => {
      await page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();
      await page.waitForLoadState("networkidle");
    };
    loads.push(await withPage((page, browser) => tracedLoad(page, browser, studio.url, isThere)));
  }
  const isFont = (address) => /KaTeX[^/]*\.woff2$/.test(address);
  const files = await packedSizes([...new Set(loads.flatMap(({ asked }) => asked))].filter((one) => !isFont(one)));
  const paints = loads.map(({ paint }) => paint).filter((paint) => paint !== null);
  const shifts = loads.map(({ shift }) => shift);
  return {
    files,
    bytes: Object.values(files).reduce((sum, bytes) => sum + bytes, 0),
    paint: paints.length > 0 ? median(paints) / 1000 : null,
    shift: median(shifts),
    paints,
    shifts,
  };
}

/** Text to type: the beginning of a set's test part, as a person would write it. */
function textToType(lines, count) {
  const text = lines.map((line) => splitLine(line).text).join(" ");
  return text
    .replaceAll(/[^\p{L}\p{N} ,.']+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, count)
    .trim();
}

/** Files to learn from and texts to type: the sets that are there, or else generated rows. */
function typingSets(folder, data, quick) {
  const count = quick ? KEYS.quick : KEYS.whole;
  const sets = SETS.filter((name) => existsSync(join(data, name, "train.txt"))).map((name) => {
    const lines = readFileSync(join(data, name, "test.txt"), "utf8").split("\n", 20);
    return { name, path: join(data, name, "train.txt"), text: textToType(lines, count) };
  });
  if (sets.length > 0) return quick ? sets.slice(0, 1) : sets;
  const path = join(folder, "typing.csv");
  writeRows(path, { rows: ROWS.quick });
  const [, ...rows] = readFileSync(path, "utf8").split("\n", 20);
  return [
    {
      name: "generated",
      path,
      text: textToType(
        rows.map((row) => row.split(",")[0]),
        count,
      ),
    },
  ];
}

async function askTyping(studio, { name, path, text }) {
  progress(`typing: learning ${name}`);
  return inStudio(studio, async (page) => {
    await read(page, path);
    await page.getByRole("tab", { name: "Train" }).click();
    await train(page);
    const [features, labels] = [await figure(page, "Features"), await figure(page, "Labels")];
    await page.getByRole("tab", { name: "Understand" }).click();
    progress(`typing: ${name}`);
    const keys = await typed(page, text);
    const of = (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      return { median: median(sorted), most90: sorted[Math.ceil(0.9 * sorted.length) - 1], most: sorted.at(-1) };
    };
    const [placed, painted] = [of(keys.map((key) => key.placed)), of(keys.map((key) => key.painted))];
    return { name, features, labels, keys: keys.length, placed, painted };
  });
}

async function askRows(studio, folder, quick) {
  const path = join(folder, "rows.csv");
  progress("rows: making them");
  const rows = writeRows(path, { rows: quick ? ROWS.quick : ROWS.whole });
  return inStudio(studio, async (page) => {
    progress(`rows: reading ${rows}`);
    const reading = await watched(page, () => read(page, path));
    await page.getByRole("tab", { name: "Train" }).click();
    progress(`rows: learning from ${rows}`);
    const learning = await watched(page, () => train(page));
    return { rows, reading, learning, features: await figure(page, "Features") };
  });
}

async function askHuge(studio, folder, quick) {
  const path = join(folder, "huge.csv");
  const bytes = quick ? HUGE_BYTES.quick : HUGE_BYTES.whole;
  progress("huge: making it");
  const rows = writeRows(path, { bytes });
  progress(`huge: reading ${rows} rows`);
  const reading = await inStudio(studio, (page) => watched(page, () => read(page, path)));
  rmSync(path);
  return { megabytes: bytes / 1e6, rows, reading };
}

export async function ask({ data = join(shared, "data"), runs, quick, only }) {
  const wants = (part) => only === undefined || only === part;
  const folder = scratchFolder(cache, "studio");
  const studio = await startStudio();
  const found = { load: null, typing: [], rows: null, huge: null };
  let version;
  try {
    version = await withPage(async (_, browser) => browser.version());
    if (wants("load")) found.load = await askLoad(studio, runs);
    if (wants("typing"))
      for (const set of typingSets(folder, data, quick)) found.typing.push(await askTyping(studio, set));
    if (wants("rows")) found.rows = await askRows(studio, folder, quick);
    if (wants("huge")) found.huge = await askHuge(studio, folder, quick);
  } finally {
    progress("");
    await studio.stop();
  }
  const { load, typing, rows, huge } = found;
  publish("studio", {
    title: "The studio",
    claims: claimsOf(found),
    sections: [
      ...(load ? [loadSection(load)] : []),
      ...(typing.length > 0 ? [typingSection(typing)] : []),
      ...(rows || huge ? [muchSection(rows, huge)] : []),
    ],
    data: found,
    versions: {},
    runs,
    quick,
    only,
    how: `In Chromium ${version}, headless, served by \`bax studio\` on loopback. Loads: median of ${runs}, each with an empty profile. The rest once.`,
  });
}

function claimsOf({ load, typing, rows, huge }) {
  const frozen = { unit: "s", note: `the longest time without a frame; ${FROZEN} s is what we take for frozen` };
  const keys = typing.length > 0 ? typing : [{ name: SETS[0] }];
  const thousands = (count) => count?.toLocaleString("en-GB");
  return [
    claim("first load, packed", "≤", MOST.kilobytes, load && load.bytes / 1000, {
      unit: "KB",
      note: "gzip; KaTeX's fonts left out",
    }),
    claim("largest contentful paint", "≤", MOST.paint, load?.paint, { unit: "s" }),
    claim("shifts of the layout in loading", "≤", MOST.shift, load?.shift, { unit: "" }),
    ...keys.map(({ name, features, labels, placed, painted }) =>
      claim(`a key, until its explanation is in the page (${name})`, "≤", MOST.key, placed?.median, {
        unit: "ms",
        // A smaller model would answer sooner, and say nothing.
        also: features === undefined ? null : features >= LEAST_FEATURES,
        ...(placed && {
          note: `${thousands(features)} features, ${labels} labels; 90 % within ${number(placed.most90, 1)} ms; painted, with the wait for the next frame, after ${number(painted.median, 1)} ms`,
        }),
      }),
    ),
    claim(
      `the page is alive while ${thousands(rows?.rows ?? ROWS.whole)} rows are learned`,
      "≤",
      FROZEN,
      rows?.learning.gap,
      frozen,
    ),
    claim(
      `the page is alive while ${huge?.megabytes ?? HUGE_BYTES.whole / 1e6} MB of CSV are read`,
      "≤",
      FROZEN,
      huge?.reading.gap,
      frozen,
    ),
  ];
}

function loadSection({ files, bytes, paints, shifts }) {
  const largest = Object.entries(files).sort(([, a], [, b]) => b - a);
  const all = (values, digits) => values.map((value) => number(value, digits)).join(", ");
  return `## The first load

Everything that the page asks for until it rests, its worker included, packed with gzip: ${number(bytes / 1000, 1)} KB (1 KB is 1000 bytes).
Largest paint by load, in ms: ${all(paints, 0)}. Shifts by load: ${all(shifts, 4)}; all shifts are summed, which is the most that
cumulative layout shift can be.

${table(
  ["file", "KB, gzip"],
  largest.map(([name, size]) => [name, number(size / 1000, 1)]),
)}`;
}

function typingSection(typing) {
  return `## A key on the tab Understand

Keys are typed one after the other, 80 ms after the last was answered; from the input event until the explanation of the text so far is
in the page, and until the frame with it is painted. A frame comes every 16.7 ms, so that being painted waits half of that on average.

${table(
  [
    "",
    "features",
    "labels",
    "keys",
    "in the page, median ms",
    "90 %, ms",
    "painted, median ms",
    "90 %, ms",
    "most, ms",
  ],
  typing.map(({ name, features, labels, keys, placed, painted }) => [
    name,
    features,
    labels,
    keys,
    ...[placed.median, placed.most90, painted.median, painted.most90, painted.most].map((value) => number(value, 1)),
  ]),
)}`;
}

function muchSection(rows, huge) {
  const line = (name, { seconds, gap }) => [name, number(seconds, 1), number(gap * 1000, 0)];
  const count = (value) => value.toLocaleString("en-GB");
  return `## Much data

Rows of eight to twenty made-up words with one of ten labels, the same each time. The longest gap is between two frames that the page
could draw; one in 17 ms is usual.

${table(
  ["", "seconds", "longest gap, ms"],
  [
    ...(rows
      ? [
          line(`read ${count(rows.rows)} rows`, rows.reading),
          line(`learn from them, defaults (${count(rows.features)} features)`, rows.learning),
        ]
      : []),
    ...(huge ? [line(`read ${huge.megabytes} MB (${count(huge.rows)} rows)`, huge.reading)] : []),
  ],
)}`;
}
