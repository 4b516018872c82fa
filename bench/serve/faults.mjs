// Does it live through clients that mean it ill?
import { join } from "node:path";
import { load } from "../../packages/bax/dist/node.js";
import { claim } from "../claims.mjs";
import { progress } from "../measure.mjs";
import { number, table } from "../report.mjs";
import { askOnce, Connection, pause, requestBytes } from "./connection.mjs";
import { brokenRequests, cutBodies, hugeBodies, idleConnections, slowClients, unreadAnswers } from "./hostile.mjs";
import {
  allowOpenFiles,
  errorsIn,
  mostAfter,
  openDescriptors,
  PREDICT,
  residentMegabytes,
  startBax,
} from "./processes.mjs";

const ROUNDS = { whole: 3, quick: 2 };
const IDLE = 10_000;
/** Descriptors that a process needs besides its idle connections. */
const SPARE = 1000;
/** Milliseconds between two requests of the client that means well, and until what ended is gone. */
const NORMAL_EVERY = 20;
const SETTLE = 2000;
/** So many of its requests are answered after an attack before the next begins, or so many milliseconds have passed. */
const LAST = 10;
const PATIENCE = 30_000;
const CALM_CLIENTS = 16;
const CALM_MILLISECONDS = 6000;

/** Someone who asks as people do, all the time, and looks at the answers. */
class NormalClient {
  isOver = false;
  milliseconds = [];
  refused = 0;
  wrong = 0;

  constructor(url, text, expected, every = NORMAL_EVERY) {
    this.every = every;
    this.url = url;
    this.request = requestBytes(PREDICT, JSON.stringify({ text }));
    this.expected = expected;
  }

  async run() {
    let connection = await Connection.open(this.url);
    while (!this.isOver) {
      const began = performance.now();
      try {
        const { status, body } = await connection.ask(this.request);
        if (status === 503) this.refused++;
        else if (status !== 200 || !body.toString().endsWith(this.expected)) this.wrong++;
        this.milliseconds.push(performance.now() - began);
      } catch {
        this.wrong++;
        connection = await Connection.open(this.url);
      }
      await pause(this.every);
    }
    connection.close();
  }
}

/** Does something to the server while somebody else is answered. */
async function meanwhile(server, question, work) {
  const client = new NormalClient(server.url, question.text, question.expected);
  const running = client.run();
  running.catch(() => {});
  const found = await work(server.url);
  // What was asked of it may still have to be worked off.
  const asked = client.milliseconds.length;
  for (let waited = 0; client.milliseconds.length < asked + LAST && waited < PATIENCE; waited += 20) await pause(20);
  client.isOver = true;
  await running;
  const sorted = client.milliseconds.toSorted((a, b) => a - b);
  const others = {
    requests: sorted.length,
    refused: client.refused,
    wrong: client.wrong,
    p50: sorted[sorted.length >> 1] ?? null,
    most: sorted.at(-1) ?? null,
  };
  return { ...found, others, megabytes: residentMegabytes(server.pid) };
}

/**
 * The least resident memory while people ask as usual: what was left by an attack is freed when the engine sees fit, and it sees no reason to
 * while nothing is asked.
 */
async function calmMegabytes(server, question) {
  const clients = Array.from(
    { length: CALM_CLIENTS },
    () => new NormalClient(server.url, question.text, question.expected, 0),
  );
  const running = Promise.all(clients.map((client) => client.run()));
  running.catch(() => {});
  let least = Number.POSITIVE_INFINITY;
  for (let waited = 0; waited < CALM_MILLISECONDS; waited += 100) {
    await pause(100);
    least = Math.min(least, residentMegabytes(server.pid) ?? Number.NaN);
  }
  for (const client of clients) client.isOver = true;
  await running;
  return least;
}

export async function measure({ model, folder, texts, quick }) {
  const classifier = await load(model);
  const [text] = texts;
  const question = { text, expected: `"predictions":${JSON.stringify(classifier.predict(text))}}` };
  const allowed = allowOpenFiles(IDLE + SPARE);
  const idle = Math.min(IDLE, allowed - SPARE);
  const log = join(folder, "faults.log");
  const server = await startBax(model, log);
  try {
    // Workers, files and what is made when it is first needed are there then.
    await meanwhile(server, question, () => pause(SETTLE));
    await pause(SETTLE);
    const descriptorsBefore = openDescriptors(server.pid);
    const before = { megabytes: await calmMegabytes(server, question), descriptors: descriptorsBefore };
    const rounds = [];
    for (let round = 0; round < (quick ? ROUNDS.quick : ROUNDS.whole); round++) {
      const kinds = {
        "cut bodies": cutBodies,
        "bodies of 1 GB": (url) => hugeBodies(url, () => residentMegabytes(server.pid)),
        "broken requests": brokenRequests,
        "idle connections": (url) => idleConnections(url, idle, () => openDescriptors(server.pid)),
        "slow clients": slowClients,
        "unread answers": unreadAnswers,
      };
      const found = {};
      for (const [name, work] of Object.entries(kinds)) {
        progress(`faults: round ${round + 1}: ${name}`);
        found[name] = await meanwhile(server, question, work);
      }
      // The last connections may take a moment to go; a leak does not go.
      await pause(SETTLE);
      for (let waited = 0; openDescriptors(server.pid) > before.descriptors && waited < PATIENCE; waited += 100)
        await pause(100);
      const descriptors = openDescriptors(server.pid);
      // What leaks stays, so that the least of a round tells, whenever the engine looked for garbage.
      const calm = await calmMegabytes(server, question);
      const megabytes = Math.min(calm, ...Object.values(found).map((one) => one.megabytes));
      rounds.push({ kinds: found, megabytes, descriptors });
    }
    const { status, body } = await askOnce(server.url, PREDICT, JSON.stringify({ text }));
    const isRight = status === 200 && body.toString().endsWith(question.expected);
    const errors = errorsIn(log);
    return {
      before,
      rounds,
      idle,
      allowed,
      isAlive: server.isAlive(),
      isRight,
      errors: errors.length,
      examples: errors.slice(0, 3),
    };
  } finally {
    await server.stop();
  }
}

/** Each attack of each round. */
function attacks({ rounds }) {
  return rounds.flatMap(({ kinds }) => Object.entries(kinds).map(([name, found]) => ({ name, ...found })));
}

export function claimsOf(found) {
  const all = found ? attacks(found) : [];
  const sum = (of) => all.reduce((total, one) => total + of(one), 0);
  const [before, last] = found ? found.rounds.slice(-2) : [];
  const wellMeant = sum(({ others }) => others.requests);
  return [
    claim(
      "faults: attacks that ended as they should",
      "≥",
      100,
      found && (100 * sum(({ right }) => right)) / sum(({ tried }) => tried),
      {
        unit: "%",
        also: found ? found.isAlive && found.isRight && found.errors === 0 : null,
        ...(found && {
          note: `${sum(({ right }) => right)} of ${sum(({ tried }) => tried)}; ${found.idle} idle connections at once, 500 slow clients; ${found.isAlive ? "the same process at the end" : "the process ended"}, ${found.isRight ? "right" : "wrong"} then; ${found.errors} errors in its log`,
        }),
      },
    ),
    claim(
      "faults: requests of somebody else that are not answered wrong or lost meanwhile",
      "≥",
      100,
      found && (100 * (wellMeant - sum(({ others }) => others.wrong))) / wellMeant,
      {
        unit: "%",
        ...(found && {
          note: `${wellMeant}; ${sum(({ others }) => others.refused)} refused with 503; at most ${number(Math.max(...all.map(({ others }) => others.most)), 0)} ms`,
        }),
      },
    ),
    claim(
      "faults: memory in the last round, above what may be in the one before",
      "≤",
      8,
      last && Math.max(0, last.megabytes - (mostAfter(before.megabytes) - 8)),
      {
        unit: "MB",
        also: found ? last.descriptors <= found.before.descriptors : null,
        ...(found && {
          note: `what is above 5 %; ${found.rounds.map(({ megabytes }) => number(megabytes, 0)).join(", ")} MB at the least in each round; ${last.descriptors} descriptors, ${found.before.descriptors} before`,
        }),
      },
    ),
  ];
}

export function sectionOf(found) {
  const rows = attacks(found).map(({ name, tried, right, others, megabytes, note }) => [
    name,
    tried,
    right,
    others.requests,
    others.refused,
    others.wrong,
    number(others.p50, 1),
    number(others.most, 0),
    number(megabytes, 0),
    note,
  ]);
  return `## Faults

${found.rounds.length} rounds against one server. Meanwhile somebody else asks every ${NORMAL_EVERY} ms and looks at the answers. A process may have ${found.allowed.toLocaleString("en-GB")} files open here.
At the start: ${number(found.before.megabytes, 0)} MB, ${found.before.descriptors} descriptors; in each round, at the least: ${found.rounds.map(({ megabytes, descriptors }) => `${number(megabytes, 0)} MB, ${descriptors}`).join("; ")}.

${table(["", "attacks", "ended right", "others asked", "refused", "wrong", "p50, ms", "most, ms", "MB after", ""], rows)}${found.examples.length > 0 ? `\n\n${found.examples.map((one) => `    ${one}`).join("\n")}` : ""}`;
}
