// Is anything lost when it is told to stop?
import { join } from "node:path";
import { load } from "../../packages/bax/dist/node.js";
import { claim } from "../claims.mjs";
import { progress } from "../measure.mjs";
import { number, table } from "../report.mjs";
import { numbersOf } from "../sets.mjs";
import { Connection, pause, requestBytes } from "./connection.mjs";
import { errorsIn, PREDICT, startBax } from "./processes.mjs";

const TRIES = { whole: 50, quick: 5 };
/** Connections that always have a request under way, and some that wait a moment before the next. */
const BUSY = 64;
const PAUSING = 16;
const PAUSE_MILLISECONDS = 60;
/** Clients that open a connection for each request. */
const FRESH = 8;
/** Milliseconds in which a server that has just started has answered everybody once. */
const PATIENCE = 20_000;
/** Texts of every so many requests: some take longer than others. */
const MANY = 200;

/** One try: what became of the requests. */
class Try {
  counts = { answered: 0, refused: 0, wrong: 0, lost: 0 };
  /** On connections that were new with each request, and were refused or cut off before they were ever answered. */
  fresh = { answered: 0, refused: 0, turnedAway: 0, lost: 0 };
  /** Of those that were under way when the signal came, or came after it. */
  after = { answered: 0, refused: 0 };
  /** Connections that were answered at least once. */
  met = 0;
  lostWhen = [];
  signalled = Number.POSITIVE_INFINITY;

  constructor(url, questions, next) {
    this.url = url;
    this.questions = questions;
    this.next = next;
  }

  /** What an answer is. */
  kindOf({ status, body }, expected) {
    const kind =
      status === 503 ? "refused" : status === 200 && body.toString().endsWith(expected) ? "answered" : "wrong";
    if (performance.now() >= this.signalled && kind in this.after) this.after[kind]++;
    return kind;
  }

  async kept(number, longest) {
    const connection = await Connection.open(this.url);
    for (let i = number; connection.isOpen; i++) {
      const { bytes, expected } = this.questions[i % this.questions.length];
      const sent = performance.now();
      try {
        this.counts[this.kindOf(await connection.ask(bytes), expected)]++;
      } catch {
        this.counts.lost++;
        this.lostWhen.push({ sent: sent - this.signalled, noticed: performance.now() - this.signalled });
      }
      if (i === number) this.met++;
      if (longest > 0) await Promise.race([connection.closed, pause(this.next() % longest)]);
    }
    connection.close();
  }

  /** A connection for each request, until there are none to be had. */
  async ofItsOwn(number) {
    const { bytes, expected } = this.questions[number];
    for (;;) {
      const connection = new Connection(this.url);
      if (!(await connection.opened)) {
        this.fresh.turnedAway++;
        return;
      }
      try {
        const kind = this.kindOf(await connection.ask(bytes), expected);
        if (kind === "wrong") this.counts.wrong++;
        else this.fresh[kind]++;
      } catch {
        this.fresh.lost++;
      }
      connection.close();
    }
  }

  run() {
    const many = (count, client) => Array.from({ length: count }, (_, number) => client(number));
    return Promise.all([
      ...many(BUSY, (number) => this.kept(number, 0)),
      ...many(PAUSING, (number) => this.kept(BUSY + number, PAUSE_MILLISECONDS)),
      ...many(FRESH, (number) => this.ofItsOwn(number)),
    ]);
  }

  /** Resolves when the server has accepted all connections that are kept. */
  async acquainted() {
    for (let waited = 0; this.met < BUSY + PAUSING && waited < PATIENCE; waited += 5) await pause(5);
  }
}

/** Requests, most of one text and some of many, with the end of the right answer. */
async function questionsOf(model, texts) {
  const classifier = await load(model);
  const one = texts.slice(0, 60).map((text) => ({
    bytes: requestBytes(PREDICT, JSON.stringify({ text })),
    expected: `"predictions":${JSON.stringify(classifier.predict(text))}}`,
  }));
  const many = texts.slice(0, MANY);
  const results = classifier.predictAll(many).map((predictions) => ({ predictions }));
  const long = {
    bytes: requestBytes(PREDICT, JSON.stringify({ texts: many })),
    expected: `"results":${JSON.stringify(results)}}`,
  };
  return [...one, long];
}

export async function measure({ model, folder, texts, quick }) {
  const questions = await questionsOf(model, texts);
  const tries = [];
  const count = quick ? TRIES.quick : TRIES.whole;
  const next = numbersOf(5);
  for (let i = 0; i < count; i++) {
    progress(`stopping: ${i + 1} of ${count}`);
    const log = join(folder, "stopping.log");
    const server = await startBax(model, log);
    const one = new Try(server.url, questions, next);
    const running = one.run();
    await one.acquainted();
    await pause(next() % 300);
    one.signalled = performance.now();
    const { status, signal } = await server.stop();
    const seconds = (performance.now() - one.signalled) / 1000;
    await running;
    const { counts, fresh, after, lostWhen } = one;
    tries.push({ status, signal, seconds, counts, fresh, after, lostWhen, errors: errorsIn(log).length });
  }
  return { tries };
}

function sumOf(tries, of) {
  return tries.reduce((sum, one) => sum + of(one), 0);
}

export function claimsOf(found, quick) {
  const count = found?.tries.length ?? (quick ? TRIES.quick : TRIES.whole);
  const sum = (of) => found && sumOf(found.tries, of);
  const clean = (of) => sum((one) => (of(one) ? 1 : 0));
  const all = (counts) => Object.values(counts).reduce((a, b) => a + b);
  const unit = `of ${count}`;
  return [
    claim(
      "SIGTERM under load: tries in which no request on a connection that is kept is lost, and it exits with 0",
      "≥",
      count,
      clean(({ status, counts }) => status === 0 && counts.lost + counts.wrong === 0),
      {
        unit,
        also: found ? sum(({ after }) => after.answered) > 0 : null,
        ...(found && {
          note: `${sum(({ counts }) => counts.lost)} of ${sum(({ counts }) => all(counts)).toLocaleString("en-GB")} requests lost, ${sum(({ counts }) => counts.wrong)} wrong; ${sum(({ after }) => after.answered)} answered and ${sum(({ after }) => after.refused)} refused with 503 after the signal`,
        }),
      },
    ),
    claim(
      "and none on a connection that was opened for it",
      "≥",
      count,
      clean(({ fresh }) => fresh.lost === 0),
      {
        unit,
        ...(found && {
          note: `${sum(({ fresh }) => fresh.lost)} of ${sum(({ fresh }) => all(fresh)).toLocaleString("en-GB")}: the system had opened the connection, and the server had not taken it yet`,
        }),
      },
    ),
  ];
}

export function sectionOf({ tries }) {
  const times = tries.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
  const sum = (of) => sumOf(tries, of);
  const lost = tries.flatMap(({ lostWhen }) => lostWhen).slice(0, 10);
  return `## Stopping

${tries.length} times: a new server; ${BUSY} connections that always have a request under way, ${PAUSING} that wait up to ${PAUSE_MILLISECONDS} ms before the next, and ${FRESH} clients that open
one for each request; every 61st request has ${MANY} texts. SIGTERM comes when all that are kept have been answered once. Lost is a request
that was sent on an open connection and got no whole answer.

${table(
  ["", "kept", "new each time"],
  [
    ["answered", sum(({ counts }) => counts.answered), sum(({ fresh }) => fresh.answered)],
    ["refused with 503", sum(({ counts }) => counts.refused), sum(({ fresh }) => fresh.refused)],
    ["wrong", sum(({ counts }) => counts.wrong), ""],
    ["lost", sum(({ counts }) => counts.lost), sum(({ fresh }) => fresh.lost)],
    ["no connection any more", "", sum(({ fresh }) => fresh.turnedAway)],
  ],
)}

${table(
  ["", "all tries"],
  [
    ["answered after the signal", sum(({ after }) => after.answered)],
    ["refused with 503 after the signal", sum(({ after }) => after.refused)],
    ["exit status other than 0", sum(({ status }) => (status === 0 ? 0 : 1))],
    ["errors in the log", sum(({ errors }) => errors)],
    ["until it is gone, median s", number(times[times.length >> 1], 2)],
    ["until it is gone, most s", number(times.at(-1), 2)],
  ],
)}${lost.length > 0 ? `\n\nLost, in ms after the signal: ${lost.map(({ sent, noticed }) => `sent ${number(sent, 1)}, noticed ${number(noticed, 1)}`).join("; ")}.` : ""}`;
}
