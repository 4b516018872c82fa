// What happens at twice the load that it can hold?
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { claim } from "../claims.mjs";
import { progress } from "../measure.mjs";
import { bench } from "../places.mjs";
import { number, table } from "../report.mjs";
import { errorsIn, PREDICT, residentMegabytes, startBax } from "./processes.mjs";

const SECONDS = { whole: 60, quick: 10 };
const OVER = 2;
/** What is asked: seconds until an answer is as quick as before; of what was meant to be offered, how much has to have been. */
const RECOVERY = 1;
const LEAST_OFFERED = 0.9;
/** A tail that grows less than so much from one third of the time to the next is bounded. */
const GROWTH = 1.5;
/** The defaults of the command. */
const DEADLINE = 10;
const QUEUES = [
  { name: "as it comes", texts: 10_000, flags: [] },
  { name: "--queue 500", texts: 500, flags: ["--queue", "500"] },
];
const TEXTS = 20;
const WORDS = 400;
/** Connections that wait for their answers, while it is found how much it can hold. */
const CONNECTIONS = 16;

/** A request that costs something: texts of so many words each. */
function costlyBody(texts) {
  const words = texts.join(" ").split(/\s+/).filter(Boolean);
  const from = (i) => Array.from({ length: WORDS }, (_, j) => words[(i * WORDS + j) % words.length]).join(" ");
  return JSON.stringify({ texts: Array.from({ length: TEXTS }, (_, i) => from(i)) });
}

function offer(options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(bench, "serve/offered.mjs"), JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (part) => (said += part));
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0 ? resolve(JSON.parse(said)) : reject(new Error(`offering ended with ${status}`)),
    );
  });
}

export async function measure({ model, folder, texts, quick }) {
  const bodyFile = join(folder, "costly.json");
  writeFileSync(bodyFile, costlyBody(texts));
  const seconds = quick ? SECONDS.quick : SECONDS.whole;
  const found = [];
  for (const { name, texts: queue, flags } of QUEUES) {
    const log = join(folder, `overload-${queue}.log`);
    const server = await startBax(model, log, flags);
    try {
      progress(`overload: ${name}`);
      const options = { url: server.url, path: PREDICT, bodyFile, connections: CONNECTIONS, seconds, over: OVER };
      const offered = await offer({ ...options, patience: 30_000 });
      const megabytes = residentMegabytes(server.pid);
      found.push({
        name,
        queue,
        seconds,
        ...offered,
        megabytes,
        isAlive: server.isAlive(),
        errors: errorsIn(log).length,
      });
    } finally {
      await server.stop();
    }
  }
  return found;
}

/** Whether what is shed is shed as it should be, and the load was what it was meant to be. */
function isRight({ offered, wanted, statuses, withoutRetryAfter, lost, noConnection, isAlive, errors }) {
  const others = Object.keys(statuses).filter((status) => status !== "200" && status !== "503");
  const isOffered = offered.rate >= LEAST_OFFERED * wanted;
  return (
    isOffered &&
    isAlive &&
    others.length === 0 &&
    withoutRetryAfter + lost + noConnection + errors === 0 &&
    statuses[503] > 0
  );
}

function isBounded({ accepted: { thirds } }) {
  return thirds[2].p99 <= GROWTH * thirds[1].p99;
}

export function claimsOf(found) {
  const named = found ?? QUEUES.map(({ name }) => ({ name }));
  return named.flatMap((one) => {
    const what = `(${one.name})`;
    const { accepted, offered, statuses, recovered, held, queue } = one;
    return [
      claim(
        `twice the load it can hold: 99 % of the answers within the deadline ${what}`,
        "≤",
        DEADLINE,
        accepted && accepted.p99 / 1000,
        {
          unit: "s",
          // A load that turned out to be less than twice what it can hold shows nothing.
          also: found && one.isEnough ? isRight(one) && isBounded(one) : null,
          ...(found && {
            note: `${number(offered.rate, 0)} requests/s of ${TEXTS} × ${WORDS} words where ${number(held.rate, 0)} can be held, ${one.seconds} s; ${number(one.answered, 0)} answered; ${number((100 * (statuses[503] ?? 0)) / offered.requests, 1)} % shed with 503; ${queue} texts may wait, which is ${number(queue / TEXTS / held.rate, 2)} s of work`,
          }),
        },
      ),
      claim(`after it: until an answer is as quick as before ${what}`, "≤", RECOVERY, secondsOf(recovered), {
        unit: "s",
        ...(found && { note: `as quick: within ${number(recovered.normal, 0)} ms` }),
      }),
    ];
  });
}

function secondsOf(recovered) {
  if (!recovered) return undefined;
  return recovered.milliseconds === null ? 30 : recovered.milliseconds / 1000;
}

export function sectionOf(found) {
  const of = (what) => found.map(what);
  const rows = [
    ["one request alone, median ms", ...of(({ quiet }) => number(quiet.p50, 1))],
    ["answered to 16 connections that wait, requests/s", ...of(({ held }) => number(held.waiting.rate, 0))],
    ["the most it could hold, requests/s", ...of(({ held }) => number(held.rate, 0))],
    ["offered, requests/s", ...of(({ offered }) => number(offered.rate, 0))],
    ["offered, requests", ...of(({ offered }) => offered.requests)],
    ["answered, requests/s", ...of(({ answered }) => number(answered, 0))],
    ["shed with 503", ...of(({ statuses }) => statuses[503] ?? 0)],
    ["of them without Retry-After", ...of(({ withoutRetryAfter }) => withoutRetryAfter)],
    ["other statuses", ...of(({ statuses }) => JSON.stringify({ ...statuses, 200: undefined, 503: undefined }))],
    ["lost", ...of(({ lost }) => lost)],
    ["answered: p50, ms", ...of(({ accepted }) => number(accepted.p50, 0))],
    ["answered: p99, ms", ...of(({ accepted }) => number(accepted.p99, 0))],
    [
      "by thirds of the time: p99, ms",
      ...of(({ accepted }) => accepted.thirds.map(({ p99 }) => number(p99, 0)).join(", ")),
    ],
    ["shed: p50, ms", ...of(({ shed }) => number(shed.p50, 0))],
    ["shed: p99, ms", ...of(({ shed }) => number(shed.p99, 0))],
    ["sent later than due, at most, ms", ...of(({ offered }) => number(offered.latest, 0))],
    ["as quick as before after, ms", ...of(({ recovered }) => number(recovered.milliseconds, 0))],
    ["Retry-After, how often", ...of(({ retryAfter }) => JSON.stringify(retryAfter))],
    ["resident at the end, MB", ...of(({ megabytes }) => number(megabytes, 0))],
  ];
  return `## Overload

Requests of ${TEXTS} texts of ${WORDS} words, sent when they are due (at random, at twice the most that it could hold in some seconds before),
whether answers come or not, on connections that are kept. Latency counts from when a request was due. The deadline is ${DEADLINE} s.

${table(["", ...of(({ name }) => name)], rows)}`;
}
