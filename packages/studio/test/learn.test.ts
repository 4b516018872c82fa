import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { openStudio, openTab } from "./page.ts";
import { surroundings } from "./surroundings.ts";

const around = surroundings(120);

/** What the page of lessons says: the step and its cost, the settings, the sentences, and the number in each cell. */
async function numbersOf(page: Page): Promise<readonly string[]> {
  await openTab(page, "Learn");
  await page.locator(".learn-status").waitFor();
  return page.evaluate(() => {
    const shown = [...document.querySelectorAll(".learn-status, .learn-slider-value, .learn-answer, .learn-map td")];
    const typed = [...document.querySelectorAll<HTMLInputElement>(".learn-sentences input, .learn-seed")];
    return [...shown.map(({ textContent }) => textContent ?? ""), ...typed.map(({ value }) => value)];
  });
}

/** Changes sentences and settings, and goes some steps and parts of one. */
async function work(page: Page): Promise<void> {
  await openTab(page, "Learn");
  await page.getByLabel("Sentence 1", { exact: true }).fill("warm soup, warm bread");
  await page.getByLabel("Learning rate η").fill("5");
  await page.getByRole("button", { name: "One epoch" }).click();
  await page.getByRole("button", { name: "One step" }).click();
  for (let part = 0; part < 4; part++) await page.getByRole("button", { name: "Next part" }).click();
}

describe.skipIf(!around.hasBrowser)("the lessons in Chromium", () => {
  it("a lesson survives a reload with every number, and Start over forgets it", async () => {
    const { page, complaints, close } = await openStudio(around.browser);
    const first = await numbersOf(page);
    await work(page);
    const before = await numbersOf(page);
    expect(before).not.toEqual(first);
    expect(before.join(" ")).toContain("Step 8");
    await page.reload();
    expect(await numbersOf(page)).toEqual(before);
    // And goes on as it would have.
    await page.getByRole("button", { name: "One epoch" }).click();
    const later = await numbersOf(page);
    await page.reload();
    expect(await numbersOf(page)).toEqual(later);

    await openTab(page, "Data");
    await page.getByText("Paste text instead").click();
    await page.getByLabel("Rows, copied from a spreadsheet or a file").fill("text\tlabel\none\ta\ntwo\tb\n");
    await page.getByRole("button", { name: "Use this" }).click();
    await page.getByRole("button", { name: "Start over" }).click();
    await page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();
    expect(await numbersOf(page)).toEqual(first);
    await page.reload();
    expect(await numbersOf(page)).toEqual(first);
    expect(complaints).toEqual([]);
    await close();
  });

  it("without a place to keep it, a lesson is as good as long as the page lives", async () => {
    const { page, complaints, close } = await openStudio(around.browser);
    // As in a private window of some browsers.
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException("refused", "SecurityError");
      };
    });
    await page.reload();
    const first = await numbersOf(page);
    await work(page);
    expect(await numbersOf(page)).not.toEqual(first);
    await page.reload();
    expect(await numbersOf(page)).toEqual(first);
    expect(complaints).toEqual([]);
    await close();
  });

  it("what an older version kept is left alone, and the lesson begins at its beginning", async () => {
    const { page, complaints, close } = await openStudio(around.browser);
    const first = await numbersOf(page);
    await work(page);
    await page.reload();
    await openTab(page, "Data");
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open("bax-studio");
          opening.onsuccess = () => {
            const transaction = opening.result.transaction("work", "readwrite");
            transaction.objectStore("work").put({ version: 1, lesson: { step: 3 } }, "lesson");
            transaction.oncomplete = () => resolve();
          };
        }),
    );
    await page.reload();
    expect(await numbersOf(page)).toEqual(first);
    expect(complaints).toEqual([]);
    await close();
  });
});
