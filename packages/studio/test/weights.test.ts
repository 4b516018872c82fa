import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { bax } from "../../cli/test/command.ts";
import { overflowOf } from "../../report/test/chromium.ts";
import { openStudio, openTab } from "./page.ts";
import { surroundings } from "./surroundings.ts";

const around = surroundings(120);
const { folder } = around;

const COUNTS = "How often each counts is in the column";

function weightedTable(): string {
  const rows = Array.from({ length: 240 }, (_, i) => {
    const [label, word] = [i % 3 === 0 ? "tea" : "coffee", ["leaf", "bean", "cup", "pot"][(i * 7) % 4]];
    return `a ${word} of ${label} number ${i % 11},${i % 13 === 0 ? "coffee" : label},${(i % 5) / 2}\n`;
  });
  return ["text,label,times\n", ...rows].join("");
}

/** Trains and takes the model along. */
async function modelOf(page: Page): Promise<Buffer> {
  await openTab(page, "Train");
  await page.getByRole("button", { name: /^Train( again)?$/ }).click();
  await page.getByRole("heading", { name: "Your model" }).waitFor();
  await openTab(page, "Ship");
  const button = page.getByRole("button", { name: /^Download .*safetensors/ });
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return readFileSync(await file.path());
}

function byCommand(data: string, flags: readonly string[]): Buffer {
  const model = join(folder, "command.safetensors");
  const { status, stderr } = bax(["train", data, ...flags, "-o", model, "--quiet"]);
  expect(status, stderr).toBe(0);
  return readFileSync(model);
}

describe.skipIf(!around.hasBrowser)("a column of weights in Chromium", () => {
  it("a column that is chosen weighs as the command's --weight, to the byte, also after a reload; without one all count alike", async () => {
    const file = join(folder, "weighted.csv");
    writeFileSync(file, weightedTable());
    const { page, complaints, close } = await openStudio(around.browser, { data: file, width: 390 });
    await page.getByRole("button", { name: "Next: train" }).waitFor();
    expect(await page.getByLabel(COUNTS).locator("option:checked").textContent()).toBe("– all count alike –");
    // Three columns, of which two are named: the command guesses as the page does.
    const alike = byCommand(file, []);
    expect((await modelOf(page)).equals(alike)).toBe(true);

    await openTab(page, "Data");
    await page.getByLabel(COUNTS).selectOption("times");
    expect(await overflowOf(page)).toBe(0);
    const weighted = byCommand(file, ["--weight", "times"]);
    expect(weighted.equals(alike)).toBe(false);
    expect((await modelOf(page)).equals(weighted)).toBe(true);

    await page.reload();
    await page.getByRole("button", { name: "Next: train" }).waitFor();
    expect(await page.getByLabel(COUNTS).inputValue()).toBe("times");
    expect((await modelOf(page)).equals(weighted)).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  it("a column that does not say how often is refused in plain words until another is chosen", async () => {
    const file = join(folder, "words.csv");
    writeFileSync(file, weightedTable());
    const { page, complaints, close } = await openStudio(around.browser, { data: file });
    await page.getByLabel(COUNTS).selectOption("text");
    await page.getByText(/row 1: the weight is .*expected a number of 0 or more/).waitFor();
    expect(await page.getByRole("button", { name: "Next: train" }).isDisabled()).toBe(true);
    await page.getByLabel(COUNTS).selectOption({ label: "– all count alike –" });
    await page.getByText(/expected a number/).waitFor({ state: "detached" });
    expect(await page.getByRole("button", { name: "Next: train" }).isDisabled()).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });

  it("what was kept before there were weights is found again", async () => {
    const { page, complaints, close } = await openStudio(around.browser);
    await page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();
    await page.evaluate(
      (table) =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open("bax-studio");
          opening.onsuccess = () => {
            const transaction = opening.result.transaction("work", "readwrite");
            const data = { name: "old.csv", blob: new Blob([table]), columns: { text: "text", label: "label" } };
            transaction.objectStore("work").put(data, "data");
            transaction.oncomplete = () => resolve();
          };
        }),
      weightedTable(),
    );
    await page.reload();
    await page.getByRole("heading", { name: "old.csv" }).waitFor();
    expect(await page.getByLabel(COUNTS).inputValue()).toBe("");
    expect(complaints).toEqual([]);
    await close();
  });
});
