// How many requests a second, beside a route that does nothing?
import { loadavg } from "node:os";
import { join } from "node:path";
import { claim, quotient } from "../claims.mjs";
import { median, progress } from "../measure.mjs";
import { bench } from "../places.mjs";
import { number, ratio, table } from "../report.mjs";
import { askOnce } from "./connection.mjs";
import { PREDICT, processorSeconds, startBax, startServer } from "./processes.mjs";
import { runWrk, sameBody } from "./wrk.mjs";

/** Of the echo's rate, and of the median latency. */
const ASKED = { rate: 0.6, tail: 5 };
const SECONDS = { whole: 6, quick: 2 };
const WARM_SECONDS = { whole: 4, quick: 1 };
const LEAST_ROUNDS = 5;
const BODY = { text: "my card never arrived" };

/** What is measured, and where it is reached. */
const KINDS = [
  { name: "echo", start: (_, log) => startServer([join(bench, "serve/echo.mjs")], log), path: "/echo" },
  { name: "--threads 1", start: (model, log) => startBax(model, log, ["--threads", "1"]), path: PREDICT },
  { name: "as it comes", start: (model, log) => startBax(model, log), path: PREDICT },
];

export async function measure({ model, folder, runs, quick }) {
  const script = sameBody(folder, BODY);
  const rounds = quick ? 2 : Math.max(runs, LEAST_ROUNDS);
  const servers = [];
  try {
    for (const { name, start, path } of KINDS) {
      const server = await start(model, join(folder, `load-${servers.length}.log`));
      servers.push({ name, path, server, rounds: [] });
      progress(`load: warming up ${name}`);
      await runWrk(script, `${server.url}${path}`, { seconds: quick ? WARM_SECONDS.quick : WARM_SECONDS.whole });
    }
    const before = loadavg();
    for (let round = 0; round < rounds; round++)
      for (const { name, path, server, rounds: found } of servers) {
        progress(`load: round ${round + 1} of ${rounds}: ${name}`);
        const began = processorSeconds(server.pid);
        const seen = await runWrk(script, `${server.url}${path}`, { seconds: quick ? SECONDS.quick : SECONDS.whole });
        const used = began === null ? null : processorSeconds(server.pid) - began;
        found.push({
          ...seen,
          rate: seen.requests / seen.seconds,
          microseconds: used && (used * 1e6) / seen.requests,
          tail: quotient(seen.p99, seen.p50),
        });
      }
    const bodies = {};
    for (const { name, path, server } of servers) {
      const { status, body } = await askOnce(server.url, path, JSON.stringify(BODY));
      bodies[name] = `${status} ${body}`;
    }
    return { kinds: servers.map(summaryOf), rounds, bodies, loadAverage: { before, after: loadavg() } };
  } finally {
    for (const { server } of servers) await server.stop();
  }
}

function summaryOf({ name, rounds }) {
  const middle = (what) => median(rounds.map((round) => round[what]));
  const sum = (what) => rounds.reduce((total, round) => total + round[what], 0);
  return {
    name,
    ...Object.fromEntries(["rate", "microseconds", "p50", "p99", "tail"].map((what) => [what, middle(what)])),
    refused: sum("refused"),
    broken: sum("broken"),
    all: rounds,
  };
}

/** The two ways to serve, beside the echo. */
function pairs({ kinds }) {
  const [echo, ...others] = kinds;
  return others.map((one) => ({ echo, one }));
}

export function claimsOf(found) {
  const named = found ? pairs(found) : KINDS.slice(1).map(({ name }) => ({ one: { name } }));
  const load = found && `load average ${found.loadAverage.before.map((value) => number(value, 1)).join(", ")} before`;
  return named.flatMap(({ echo, one }) => [
    claim(
      `one short text a request, against a route that only echoes (${one.name})`,
      "≥",
      ASKED.rate,
      echo && one.rate / echo.rate,
      {
        also: found ? one.refused + one.broken === 0 : null,
        ...(found && {
          note: `${number(one.rate, 0)} requests/s beside ${number(echo.rate, 0)}; by processor time ${ratio(echo.microseconds, one.microseconds)}; ${one.refused} refused, ${one.broken} broken; ${load}`,
        }),
      },
    ),
    claim(`99 % of latencies against their median, 64 connections (${one.name})`, "≤", ASKED.tail, one.tail, {
      ...(found && {
        note: `${number(one.p99, 1)} ms and ${number(one.p50, 1)} ms; the echo has ${number(echo.tail, 1)} ×`,
      }),
    }),
  ]);
}

export function sectionOf({ kinds, rounds, bodies, loadAverage }) {
  const [echo, one, many] = kinds;
  const better = one.rate > many.rate ? one : many;
  const byProcessor = one.microseconds < many.microseconds ? one : many;
  const averages = ({ before, after }) => [before, after].map((at) => at.map((value) => number(value, 2)).join(", "));
  return `## Load

wrk, one thread, 64 connections that are kept, the request \`${JSON.stringify(BODY)}\`; ${rounds} rounds of each in turn, medians. Processor
time is that of the server's process, all threads, by request; noise of other programs disturbs it less than the rate. The load average was
${averages(loadAverage).join(" before and ")} after. On this machine ${better.name === "--threads 1" ? "`--threads 1`" : "the default"} has the
higher rate and ${byProcessor.name === "--threads 1" ? "`--threads 1`" : "the default"} takes less processor time.

${table(
  [
    "",
    "requests/s",
    "of the echo",
    "µs of processor",
    "of the echo",
    "p50, ms",
    "p99, ms",
    "p99 / p50",
    "refused",
    "broken",
  ],
  kinds.map(({ name, rate, microseconds, p50, p99, tail, refused, broken }) => [
    name,
    number(rate, 0),
    ratio(rate, echo.rate),
    number(microseconds, 1),
    ratio(echo.microseconds, microseconds),
    number(p50, 2),
    number(p99, 2),
    number(tail, 1),
    refused,
    broken,
  ]),
)}

Requests/s by round: ${kinds.map(({ name, all }) => `${name} ${all.map(({ rate }) => number(rate, 0)).join(", ")}`).join("; ")}.
One answer of each: ${Object.entries(bodies)
    .map(([name, said]) => `${name} \`${said}\``)
    .join("; ")}.`;
}
