// wrk, a load generator written in C: many connections, each of which asks anew as soon as it is answered.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What wrk prints at the end, as JSON. */
const DONE = `
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\nJSON{"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50":%.3f,"p99":%.3f,"most":%.3f}\\n',
    summary.requests, summary.duration / 1e6, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
`;
const HEAD = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n';

function quoted(text) {
  return `[==[${text}]==]`;
}

/** A script of wrk that posts the same JSON each time. Returns its path. */
export function sameBody(folder, body) {
  const path = join(folder, "same.lua");
  writeFileSync(path, `${HEAD}wrk.body = ${quoted(JSON.stringify(body))}\n${DONE}`);
  return path;
}

/** A script of wrk that asks about texts in turn, each with a word that never came before. Returns its path. */
export function newTexts(folder, texts) {
  const path = join(folder, "texts.lua");
  const list = texts.map((text) => quoted(JSON.stringify(text).slice(1, -1))).join(",\n");
  writeFileSync(
    path,
    `${HEAD}local texts = {\n${list}\n}
local start = os.time() % 1000000
local count = 0
request = function()
  count = count + 1
  local text = texts[count % #texts + 1]
  return wrk.format(nil, nil, nil, string.format('{"text":"%s w%dx%d"}', text, start, count))
end
${DONE}`,
  );
  return path;
}

/**
 * Runs wrk: one thread, so many connections. Resolves to the requests that were answered, the seconds, how many were refused (a status of 400
 * or more), how many connections broke, and the median, the 99 % and the most of the latency in milliseconds.
 */
export function runWrk(script, url, { seconds, connections = 64 }) {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, url];
  return new Promise((resolve, reject) => {
    const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (said += part));
    child.on("error", reject);
    child.on("close", (status) => {
      const found = /^JSON(\{.*\})$/m.exec(said)?.[1];
      if (status === 0 && found) resolve(JSON.parse(found));
      else reject(new Error(`wrk ${args.join(" ")} ended with ${status}\n${said}`));
    });
  });
}
