// Debian's chromium, driven from a test: what a page asks for, what it complains of, and what axe finds.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const require = createRequire(import.meta.url);

/** Where chromium is: what the environment variable CHROMIUM says, or on the PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM } = process.env;
  if (CHROMIUM) return existsSync(CHROMIUM) ? CHROMIUM : undefined;
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

/** A browser with an empty profile that asks nobody for anything of its own. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** How a page is looked at. */
export interface View {
  readonly width: number;
  readonly dark?: boolean;
  /** Takes the page's policy away, so that axe can be put into it. */
  readonly bypassPolicy?: boolean;
}

/** A page that was opened from a file, and what came of it. */
export interface Opened {
  readonly page: Page;
  /** Addresses that were asked for, the file's own first. */
  readonly requests: string[];
  /** Errors and warnings. */
  readonly complaints: string[];
}

/** Opens a file as a reader would: from its path. */
export async function openFile(browser: Browser, file: string, { width, dark, bypassPolicy }: View): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
    bypassCSP: bypassPolicy ?? false,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector(".bax-report");
  await page.waitForTimeout(100);
  return { page, requests, complaints };
}

/** What axe takes for serious or worse, one line each. The page must have been opened without its policy. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.length} × ${nodes[0].html.slice(0, 200)}`);
  });
}

/** By how many pixels the page is wider than the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
