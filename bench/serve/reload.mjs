// Can a model be swapped under load?
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "../../packages/bax/dist/node.js";
import { claim } from "../claims.mjs";
import { progress } from "../measure.mjs";
import { number, table } from "../report.mjs";
import { askOnce, Connection, pause, requestBytes } from "./connection.mjs";
import { openDescriptors, PREDICT, residentMegabytes, startBax } from "./processes.mjs";

const RELOADS = { whole: 500, quick: 40 };
/** After so many reloads a file that is cut off is put in the model's place. */
const CUT_EVERY = 10;
const CONNECTIONS = 16;
/** Of a model's file, by reload. */
const MOST_KEPT = 0.1;
const TEXTS = 200;

/** Models by the version that a server calls them, with what the library answers to each text, as JSON. */
async function knownAnswers(paths, texts) {
  const known = new Map();
  for (const path of paths) {
    const version = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
    const model = await load(path);
    known.set(version, { path, answers: texts.map((text) => JSON.stringify(model.predict(text, { k: 2 }))) });
  }
  const [one, other] = [...known.values()];
  if (!other || one.answers.some((answer, i) => answer === other.answers[i]))
    throw new Error("the two models answer a text alike: nothing could be seen");
  return known;
}

/** Clients that ask all the time, and look at every answer. */
class Clients {
  isOver = false;
  counts = { right: 0, wrong: 0, refused: 0, lost: 0 };
  byVersion = {};
  examples = [];

  constructor(url, texts, known) {
    this.url = url;
    this.known = known;
    this.texts = texts;
    this.one = texts.map((text) => requestBytes(PREDICT, JSON.stringify({ text, k: 2 })));
    this.three = texts.map((_, i) =>
      requestBytes(PREDICT, JSON.stringify({ texts: this.threeFrom(i).map((j) => texts[j]), k: 2 })),
    );
  }

  threeFrom(i) {
    return [i, i + 1, i + 2].map((j) => j % this.texts.length);
  }

  async run(number) {
    let connection = await Connection.open(this.url);
    for (let i = number * 7; !this.isOver; i++) {
      const at = i % this.texts.length;
      const isMany = i % 4 === 0;
      try {
        this.look(
          await connection.ask(isMany ? this.three[at] : this.one[at]),
          isMany ? this.threeFrom(at) : [at],
          isMany,
        );
      } catch (error) {
        this.note("lost", error.message);
        connection = await Connection.open(this.url);
      }
    }
    connection.close();
  }

  look({ status, body }, asked, isMany) {
    const said = body.toString("utf8");
    if (status !== 200) return this.note("refused", said);
    const { version, predictions, results } = JSON.parse(said);
    const rows = isMany ? results.map((one) => one.predictions) : [predictions];
    const answers = this.known.get(version)?.answers;
    const isRight = rows.length === asked.length && rows.every((row, i) => JSON.stringify(row) === answers?.[asked[i]]);
    if (!isRight) return this.note("wrong", said);
    this.counts.right++;
    this.byVersion[version] = (this.byVersion[version] ?? 0) + 1;
  }

  note(what, said) {
    this.counts[what]++;
    if (this.examples.length < 5) this.examples.push(`${what}: ${said.slice(0, 300)}`);
  }
}

export async function measure({ model, other, folder, texts: all, quick }) {
  const texts = all.slice(0, TEXTS);
  const known = await knownAnswers([model, other], texts);
  const place = join(folder, "swapped.safetensors");
  copyFileSync(model, place);
  const whole = new Map([...known].map(([version, { path }]) => [version, readFileSync(path)]));
  const put = (bytes) => {
    writeFileSync(`${place}.new`, bytes);
    renameSync(`${place}.new`, place);
  };
  const server = await startBax(place, join(folder, "reload.log"));
  const reloads = quick ? RELOADS.quick : RELOADS.whole;
  const clients = new Clients(server.url, texts, known);
  const reload = () => askOnce(server.url, "/v1/models/model/reload", "");
  const found = { reloads, swapped: 0, cut: 0, cutRefused: 0, milliseconds: [], samples: [] };
  try {
    const running = Promise.all(Array.from({ length: CONNECTIONS }, (_, number) => clients.run(number)));
    running.catch(() => {});
    const began = performance.now();
    await pause(2000);
    const before = openDescriptors(server.pid) - CONNECTIONS;
    const versions = [...known.keys()];
    for (let i = 0; i < reloads; i++) {
      progress(`reload ${i + 1} of ${reloads}`);
      const version = versions[(i + 1) % 2];
      if (i % CUT_EVERY === CUT_EVERY - 1) {
        const bytes = whole.get(version);
        put(bytes.subarray(0, Math.floor((bytes.length * (i + 1)) / (reloads + 1))));
        found.cut++;
        if ((await reload()).status === 422) found.cutRefused++;
      }
      put(whole.get(version));
      const asked = performance.now();
      const { status, body } = await reload();
      found.milliseconds.push(performance.now() - asked);
      if (status === 200 && JSON.parse(body.toString()).version === version) found.swapped++;
      found.samples.push(residentMegabytes(server.pid));
    }
    const seconds = (performance.now() - began) / 1000;
    clients.isOver = true;
    await running;
    await pause(2000);
    const descriptors = { before, after: openDescriptors(server.pid) };
    const { counts, byVersion, examples } = clients;
    return {
      ...found,
      seconds,
      counts,
      byVersion,
      examples,
      descriptors,
      kept: keptOf(found.samples, statSync(model).size / 2 ** 20),
    };
  } finally {
    clients.isOver = true;
    await server.stop();
  }
}

export function claimsOf(found, quick) {
  const count = found?.reloads ?? (quick ? RELOADS.quick : RELOADS.whole);
  const asked = found && Object.values(found.counts).reduce((sum, one) => sum + one, 0);
  return [
    claim(
      `${count} reloads under load: requests answered, by the version that they name`,
      "≥",
      100,
      found && (100 * found.counts.right) / asked,
      {
        unit: "%",
        also: found ? found.swapped === count && found.cut === found.cutRefused && isMixed(found) : null,
        ...(found && {
          note: `${found.counts.right.toLocaleString("en-GB")} of ${asked.toLocaleString("en-GB")}, to the bit; ${found.swapped} swaps, ${found.cutRefused} of ${found.cut} files that were cut off refused`,
        }),
      },
    ),
    claim(`memory kept of each model that was replaced, over ${count} reloads`, "≤", MOST_KEPT, found?.kept.share, {
      unit: "of its file",
      also: found ? found.descriptors.after <= found.descriptors.before : null,
      ...(found && {
        note: `least of the second quarter ${number(found.kept.second, 0)} MB, of the last ${number(found.kept.last, 0)} MB; most ${number(found.kept.most, 0)} MB; ${found.descriptors.before} descriptors before, ${found.descriptors.after} after`,
      }),
    }),
  ];
}

/**
 * What is kept of models that are served no more. The engine frees their memory when it sees fit, so that what is resident goes up and
 * down; what is never freed lifts the least that is resident.
 */
function keptOf(samples, megabytes) {
  const least = (n) => Math.min(...samples.slice((n * samples.length) >> 2, ((n + 1) * samples.length) >> 2));
  const [second, last] = [least(1), least(3)];
  const share = Math.max(0, last - second) / (samples.length / 2) / megabytes;
  return { second, last, most: Math.max(...samples), share };
}

/** Whether both versions answered often: otherwise nothing was swapped under load. */
function isMixed({ byVersion, reloads }) {
  const counts = Object.values(byVersion);
  return counts.length === 2 && Math.min(...counts) >= reloads;
}

export function sectionOf({
  reloads,
  seconds,
  counts,
  byVersion,
  examples,
  milliseconds,
  samples,
  swapped,
  cut,
  cutRefused,
}) {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const step = Math.max(1, Math.floor(samples.length / 10));
  return `## Reloads

Two models in turn, renamed into place, \`POST …/reload\` each time; ${CONNECTIONS} connections ask all the time, for one text or three, and each answer is
compared with the library's, as JSON, by the version that it names. ${reloads} reloads in ${number(seconds, 1)} s.

${table(
  ["", "count"],
  [
    ["swapped", swapped],
    ["files that were cut off", cut],
    ["of them refused", cutRefused],
    ...Object.entries(counts).map(([name, count]) => [`answers: ${name}`, count]),
    ...Object.entries(byVersion).map(([version, count]) => [`by ${version}`, count]),
    ["a reload, median ms", number(sorted[sorted.length >> 1], 0)],
    ["a reload, most ms", number(sorted.at(-1), 0)],
  ],
)}

Resident memory, MB, every ${step} reloads: ${samples
    .filter((_, i) => i % step === 0)
    .map((megabytes) => number(megabytes, 0))
    .join(", ")}.${examples.length > 0 ? `\n\n${examples.map((one) => `- ${one}`).join("\n")}` : ""}`;
}
