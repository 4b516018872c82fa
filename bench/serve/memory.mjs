// Does memory stay where it is over millions of requests?
import { join } from "node:path";
import { claim } from "../claims.mjs";
import { progress } from "../measure.mjs";
import { number, table } from "../report.mjs";
import { pause } from "./connection.mjs";
import { flatness, openDescriptors, PREDICT, residentMegabytes, startBax } from "./processes.mjs";
import { newTexts, runWrk } from "./wrk.mjs";

const REQUESTS = { whole: 2_000_000, quick: 50_000 };
const WARM_REQUESTS = { whole: 100_000, quick: 10_000 };
/** A run of wrk, whose connections are new each time; the time between two looks; a share of a run's time for the last one. */
const SLICE_SECONDS = { whole: 15, quick: 2 };
const LOOK_MILLISECONDS = { whole: 3000, quick: 250 };
/** Milliseconds after which closed connections are gone. */
const SETTLE = 1500;
const TEXTS = 2000;

export async function measure({ model, folder, texts, quick }) {
  const size = (what) => (quick ? what.quick : what.whole);
  const script = newTexts(folder, texts.slice(0, TEXTS));
  const server = await startBax(model, join(folder, "memory.log"));
  const seen = { requests: 0, refused: 0, broken: 0, seconds: 0 };
  const ask = async (requests) => {
    const until = seen.requests + requests;
    while (seen.requests < until) {
      progress(`memory: ${seen.requests.toLocaleString("en-GB")} requests`);
      const found = await runWrk(script, `${server.url}${PREDICT}`, { seconds: size(SLICE_SECONDS) });
      if (found.requests === 0) throw new Error("the server answers nothing any more");
      for (const what of Object.keys(seen)) seen[what] += found[what];
    }
  };
  let looking;
  try {
    const fresh = residentMegabytes(server.pid);
    await ask(size(WARM_REQUESTS));
    await pause(SETTLE);
    const warm = { requests: seen.requests, descriptors: openDescriptors(server.pid) };
    const samples = [];
    looking = setInterval(() => {
      const megabytes = residentMegabytes(server.pid);
      if (megabytes !== null) samples.push(megabytes);
    }, size(LOOK_MILLISECONDS));
    await ask(size(REQUESTS));
    clearInterval(looking);
    await pause(SETTLE);
    const after = openDescriptors(server.pid);
    return { ...seen, fresh, warm, descriptors: { before: warm.descriptors, after }, samples, ...flatness(samples) };
  } finally {
    clearInterval(looking);
    await server.stop();
  }
}

export function claimsOf(found, quick) {
  const count = (found?.requests ?? (quick ? REQUESTS.quick : REQUESTS.whole)).toLocaleString("en-GB");
  return [
    claim(`memory over ${count} requests: the last quarter above the second`, "≤", 8, growthOf(found), {
      unit: "MB",
      also: found ? found.refused + found.broken === 0 : null,
      ...(found && {
        note: `what is above 5 % of ${number(found.second, 1)} MB; the last quarter has ${number(found.last, 1)} MB; ${found.refused} refused, ${found.broken} broken`,
      }),
    }),
    claim(
      "descriptors after them, against before",
      "≤",
      1,
      found?.descriptors.after && found.descriptors.after / found.descriptors.before,
      { ...(found && { note: `${found.descriptors.after} and ${found.descriptors.before}` }) },
    ),
  ];
}

/** Megabytes above what 5 % more would be. */
function growthOf(found) {
  return found && found.second !== null ? Math.max(0, found.last - 1.05 * found.second) : undefined;
}

export function sectionOf({ requests, seconds, warm, fresh, samples, second, last, descriptors }) {
  const step = Math.max(1, Math.floor(samples.length / 16));
  const rows = samples.flatMap((megabytes, i) =>
    i % step === 0 ? [[`${number((100 * i) / samples.length, 0)} %`, number(megabytes, 1)]] : [],
  );
  return `## Memory

${requests.toLocaleString("en-GB")} requests in ${number(seconds, 0)} s, ${warm.requests.toLocaleString("en-GB")} of them before the first look; each text has a word that never came before. Connections
are new every few seconds. When it had just started the server had ${number(fresh, 1)} MB. Median of the second quarter: ${number(second, 1)} MB, of the last:
${number(last, 1)} MB. Open descriptors: ${descriptors.before} before, ${descriptors.after} after.

${table(["of the time", "resident, MB"], rows)}`;
}
