import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, vi } from "vitest";
import { findChromium, launchChromium } from "../../report/test/chromium.ts";

/** What the tests of a file need around them. */
export interface Surroundings {
  /** Whether there is a browser at all. */
  readonly hasBrowser: boolean;
  /** The browser, in tests. */
  readonly browser: Browser;
  /** A folder that was empty. */
  readonly folder: string;
}

/** A browser and a folder for the tests of the file that calls this, which may take `seconds` each; both are gone after them. */
export function surroundings(seconds: number): Surroundings {
  vi.setConfig({ testTimeout: seconds * 1000, hookTimeout: 120_000 });
  const chromium = findChromium();
  const folder = mkdtempSync(join(tmpdir(), "bax-studio-"));
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (chromium) browser = await launchChromium(chromium);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    hasBrowser: chromium !== undefined,
    folder,
    get browser() {
      if (!browser) throw new Error("there is no browser but in tests");
      return browser;
    },
  };
}
