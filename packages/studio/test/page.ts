// The studio in a real browser: served as `bax studio` serves it, and watched for complaints and for requests to anywhere else.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { type RunningStudio, serveStudio } from "../../cli/src/studio/server.ts";

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");

/** How the page is opened. */
export interface StudioView {
  readonly width?: number;
  readonly dark?: boolean;
  /** Whether it may share memory with its workers. */
  readonly isIsolated?: boolean;
  /** A file that it is started with. */
  readonly data?: string;
  /** Takes the page's policy away, so that axe can be put into it. */
  readonly bypassPolicy?: boolean;
}

/** An open page. */
export interface OpenStudio {
  readonly page: Page;
  readonly url: string;
  /** Errors and warnings of the page and its workers. */
  readonly complaints: string[];
  /** Addresses elsewhere that were asked for. */
  readonly strangers: string[];
  /** Files of the page that were asked for, in the folder of the built page. */
  readonly files: string[];
  close(): Promise<void>;
}

/** Serves the built page and opens it in a browser with no memory of earlier visits. */
export async function openStudio(
  browser: Browser,
  { width = 1200, dark = false, isIsolated = true, data, bypassPolicy = false }: StudioView = {},
): Promise<OpenStudio> {
  const server: RunningStudio = await serveStudio({ page: dist, data, isIsolated }, 0);
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    acceptDownloads: true,
    bypassCSP: bypassPolicy,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  const files: string[] = [];
  const { origin } = new URL(server.url);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  context.on("request", (request) => {
    const url = request.url();
    if (url.startsWith(origin)) files.push(join(dist, new URL(url).pathname.replace(/\/$/, "/index.html")));
    else if (!/^(blob|data):/.test(url)) strangers.push(url);
  });
  await page.goto(server.url);
  return {
    page,
    url: server.url,
    complaints,
    strangers,
    files,
    close: async () => {
      await context.close();
      await server.close();
    },
  };
}

/** Opens a tab by its name. */
export async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole("tab", { name, exact: true }).click();
}
