// The studio as a user starts it, in a Chromium with an empty profile, and what can be seen of it from outside.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { bax } from "./places.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Where Chromium is: what the environment variable CHROMIUM says, or on the PATH. Throws where there is none. */
function findChromium() {
  const { CHROMIUM } = process.env;
  if (CHROMIUM && existsSync(CHROMIUM)) return CHROMIUM;
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    throw new Error(
      "There is no Chromium on the PATH: install it, or say where it is with CHROMIUM=/path/to/chromium.",
    );
  }
}

/** Starts `bax studio`. Returns its address, and what ends it. */
export async function startStudio() {
  const studio = spawn(process.execPath, [bax, "studio", "--no-open"], { stdio: ["ignore", "pipe", "pipe"] });
  const address = new Promise((resolve, reject) => {
    let said = "";
    const hear = (piece) => {
      said += piece;
      const found = /http:\S+/.exec(said);
      if (found) resolve(found[0]);
    };
    for (const stream of [studio.stdout, studio.stderr]) stream.setEncoding("utf8").on("data", hear);
    studio.once("exit", (status) => reject(new Error(`bax studio ended with ${status}: ${said}`)));
  });
  return {
    url: await address,
    stop: async () => {
      studio.kill("SIGINT");
      await once(studio, "exit");
    },
  };
}

/** Does something with an empty page of a browser of its own: no earlier visit, no cache. `work(page, browser)`. */
export async function withPage(work) {
  const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS });
  try {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    return await work(await context.newPage(), browser);
  } finally {
    await browser.close();
  }
}

/**
 * Loads a page while Chromium traces. `isThere(page)` waits until all is shown. Returns milliseconds from the start of the navigation to
 * the largest paint, the sum of all shifts of the layout that no input caused, and the addresses that were asked for.
 */
export async function tracedLoad(page, browser, url, isThere) {
  const asked = new Set();
  page.context().on("request", (request) => asked.add(request.url()));
  await browser.startTracing(page, { categories: ["loading", "blink.user_timing", "devtools.timeline"] });
  await page.goto(url);
  await isThere(page);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString("utf8"));
  const named = (name) => traceEvents.filter((event) => event.name === name);
  const start = named("navigationStart").find(({ args }) => args.data.documentLoaderURL.startsWith(url));
  const paints = named("largestContentfulPaint::Candidate").filter(({ args }) => args.data.isMainFrame);
  const shifts = named("LayoutShift").filter(({ args }) => !args.data.had_recent_input);
  return {
    // Each candidate is larger than those before it; the trace counts in microseconds.
    paint: start && paints.length > 0 ? (Math.max(...paints.map(({ ts }) => ts)) - start.ts) / 1000 : null,
    shift: shifts.reduce((sum, { args }) => sum + args.data.score, 0),
    asked: [...asked].filter((address) => address.startsWith(url)),
  };
}

/** Bytes of each address, packed with gzip. */
export async function packedSizes(addresses) {
  const sizes = {};
  for (const address of addresses) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    sizes[new URL(address).pathname] = gzipSync(await response.arrayBuffer(), { level: 9 }).length;
  }
  return sizes;
}

/** Does something while the page counts its frames. Returns how many seconds it took and the longest time without a frame, in seconds. */
export async function watched(page, work) {
  await page.evaluate(() => {
    let last = performance.now();
    let longest = 0;
    let isOver = false;
    const frame = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (!isOver) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    globalThis.longestGap = () => {
      isOver = true;
      return Math.max(longest, performance.now() - last) / 1000;
    };
  });
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  return { seconds, gap: await page.evaluate(() => globalThis.longestGap()) };
}

/**
 * Types a text on the tab Understand, a key at a time. Returns for each key milliseconds from its input event until the explanation of the
 * text so far is in the page (`placed`), and until it is painted. Spaces are typed, too, but change nothing that could be waited for.
 */
export async function typed(page, text) {
  await page.evaluate(() => {
    const area = document.getElementById("try");
    const keys = [];
    globalThis.typedKeys = keys;
    let pending;
    area.addEventListener("input", ({ timeStamp }) => {
      pending = { began: timeStamp, text: area.value.trim() };
    });
    const look = () => {
      const shown = document.querySelector(".bax-explained .bax-text")?.textContent.trim();
      if (!pending || shown !== pending.text) return;
      const { began } = pending;
      pending = undefined;
      const placed = performance.now() - began;
      // What is posted in a frame comes behind the frame's painting.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => keys.push({ placed, painted: performance.now() - began });
        port2.postMessage(0);
      });
    };
    const all = { subtree: true, childList: true, characterData: true };
    new MutationObserver(look).observe(document.querySelector("[role=tabpanel]"), all);
  });
  await page.locator("#try").focus();
  let count = 0;
  for (const letter of text) {
    await page.keyboard.type(letter);
    if (letter !== " ") {
      count++;
      await page.waitForFunction((most) => globalThis.typedKeys.length >= most, count, {
        polling: 20,
        timeout: 10_000,
      });
    }
    // Nobody types faster.
    await page.waitForTimeout(80);
  }
  return page.evaluate(() => globalThis.typedKeys);
}
