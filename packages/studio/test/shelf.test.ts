import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findChromium, launchChromium } from "../../report/test/chromium.ts";
import type { BrowserShelf } from "../src/shelf/browserShelf.ts";
import { openStudio } from "./page.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** What the shelf keeps here. */
type Things = Record<string, unknown>;
declare const shelf: BrowserShelf<Things>;

const chromium = findChromium();
let browser: Browser;
let script = "";
beforeAll(async () => {
  if (!chromium) return;
  browser = await launchChromium(chromium);
  const path = fileURLToPath(new URL("../src/shelf/browserShelf.ts", import.meta.url));
  const contents = `import { BrowserShelf } from ${JSON.stringify(path)}; globalThis.shelf = new BrowserShelf();`;
  const stdin = { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "iife", target: "es2022" });
  script = outputFiles[0].text;
});
afterAll(async () => {
  await browser?.close();
});

/** The studio's page with a second hand on its shelf. */
async function withShelf(work: (page: Page) => Promise<void>): Promise<void> {
  const studio = await openStudio(browser, { bypassPolicy: true });
  await studio.page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();
  await studio.page.addScriptTag({ content: script });
  await work(studio.page);
  await studio.close();
}

describe.skipIf(!chromium)("the shelf in Chromium", () => {
  it("keeps numbers, arrays of them and blobs as they are, changes what is there alone, and forgets", async () => {
    await withShelf(async (page) => {
      const found = await page.evaluate(async () => {
        await shelf.put("a", { numbers: Float64Array.of(0.1, Number.NaN), blob: new Blob(["text"]) });
        await shelf.change("a", (kept) => ({ ...(kept as object), more: 1 }));
        await shelf.change("b", () => "never there");
        const { numbers, blob, more } = (await shelf.get("a")) as { numbers: Float64Array; blob: Blob; more: number };
        const seen = [numbers instanceof Float64Array, ...numbers, await blob.text(), more, await shelf.get("b")];
        await shelf.put("b", 2);
        await shelf.remove("a");
        seen.push(await shelf.get("a"), await shelf.get("b"));
        await shelf.clear();
        return [...seen, await shelf.get("b")];
      });
      expect(found).toEqual([true, 0.1, Number.NaN, "text", 1, undefined, undefined, 2, undefined]);
    });
  });

  it("what the browser has no room for is not kept, fails nothing, and leaves the rest", async () => {
    await withShelf(async (page) => {
      // A window without a memory of its own takes 128 MiB in one piece.
      const found = await page.evaluate(async () => {
        await shelf.put("small", 1);
        await shelf.put("large", new Uint8Array(200 * 2 ** 20));
        await shelf.put("later", 2);
        return [await shelf.get("small"), await shelf.get("later")];
      });
      expect(found).toEqual([1, 2]);
    });
  });
});
