// The whole way without a mouse: what is asked for is reached with the Tab key, can be seen to have the focus, and does what it says.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { openStudio } from "./page.ts";
import { surroundings } from "./surroundings.ts";

const around = surroundings(200);
const { folder } = around;

/** Steps of the Tab key after which something is held to be out of reach. */
const MOST_STEPS = 60;

/** Presses Tab until the focus is on something of that name, which must show it. */
async function reach(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < MOST_STEPS; step++) {
    await page.keyboard.press("Tab");
    const { found, isShown } = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement & { labels?: NodeListOf<HTMLElement> };
      const found = focused.getAttribute("aria-label") ?? focused.labels?.[0]?.textContent ?? focused.textContent ?? "";
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      return { found: found.trim(), isShown: outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0 };
    });
    if (name.test(found)) {
      expect(isShown, `the focus on "${found}" can be seen`).toBe(true);
      return;
    }
    passed.push(found.slice(0, 30));
  }
  throw new Error(`${name} is not reached by the Tab key: ${passed.join(" | ")}`);
}

async function press(page: Page, name: RegExp): Promise<void> {
  await reach(page, name);
  await page.keyboard.press("Enter");
}

/**
 * Asks for a file by the keyboard, which a browser shows its own dialog for only on a user's act, and gives it. The dialog
 * itself is the browser's, not the page's, and does not open.
 */
async function chooseFile(page: Page, file: string): Promise<void> {
  const input = page.locator('input[type="file"]').first();
  await input.evaluate((element) => {
    element.addEventListener("click", (event) => {
      event.preventDefault();
      element.dataset.asked = String(navigator.userActivation.isActive);
    });
  });
  await press(page, /^Choose a file$/);
  await page.locator('input[type="file"][data-asked="true"]').waitFor({ state: "attached" });
  await input.setInputFiles(file);
}

/** Goes back to the tabs and on to the next one. */
async function nextTab(page: Page, name: string): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await reach(page, /^(Data|Train|Evaluate|Understand|Improve|Ship|Learn)$/);
  for (let step = 0; step < 7; step++) {
    if ((await page.locator('[aria-selected="true"]').textContent()) === name) return;
    await page.keyboard.press("ArrowRight");
  }
  throw new Error(`no tab ${name}`);
}

/** Two kinds that have no word in common, and one label in twenty wrong. */
function smallTable(): string {
  const words = {
    tea: ["leaf", "pot", "green", "steep", "jasmine", "oolong"],
    coffee: ["bean", "roast", "grind", "filter", "espresso", "crema"],
  };
  const rows = Array.from({ length: 400 }, (_, i) => {
    const [kind, other] = i % 2 === 0 ? (["tea", "coffee"] as const) : (["coffee", "tea"] as const);
    const text = [1, 2, 4, 7].map((step) => words[kind][Math.floor(i / 2 / step) % 6]).join(" ");
    return `${text},${i % 20 === 3 ? other : kind}\n`;
  });
  return ["text,label\n", ...rows].join("");
}

describe.skipIf(!around.hasBrowser)("the studio by keyboard alone", () => {
  it("from the file to the model, its figures, its reasons, mended labels, and one step of the lesson", async () => {
    const file = join(folder, "drinks.csv");
    writeFileSync(file, smallTable());
    const studio = await openStudio(around.browser);
    const { page } = studio;
    await page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();

    await chooseFile(page, file);
    await page.getByRole("heading", { name: "drinks.csv" }).waitFor();

    // The focus follows to the tab that is opened: what comes next there is a step away.
    await press(page, /^Next: train$/);
    await page.getByRole("heading", { name: "Train", exact: true }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Train");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Your model" }).waitFor({ timeout: 60_000 });
    await press(page, /^Next: see what it gets wrong$/);

    await page.getByRole("heading", { name: "What is mixed up with what" }).waitFor();
    await reach(page, /^Threshold$/);
    const before = await page.locator('input[type="range"]').first().inputValue();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator('input[type="range"]').first().inputValue()).not.toBe(before);

    await nextTab(page, "Understand");
    await reach(page, /^A text$/);
    await page.keyboard.type("green leaf, and one bean");
    await page.locator(".bax-explained").waitFor();
    await press(page, /^coffee$/);
    await page.locator('.studio-bars [aria-pressed="true"]', { hasText: "coffee" }).waitFor();

    await nextTab(page, "Improve");
    await press(page, /^Look for wrong labels$/);
    await page.getByText(/^1 of \d+$/).waitFor({ timeout: 60_000 });
    for (const key of ["f", "k", "ArrowUp", "r"]) await page.keyboard.press(key);
    await page.getByRole("heading", { name: "2 changes" }).waitFor();
    await press(page, /^Train again$/);
    await page.getByRole("table", { name: /^What changed/ }).waitFor({ timeout: 60_000 });

    await nextTab(page, "Ship");
    await reach(page, /^Download .*safetensors/);
    const [model] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    expect(readFileSync(await model.path()).length).toBeGreaterThan(1000);

    await nextTab(page, "Learn");
    await press(page, /^Next part$/);
    await page.getByText("computed now").waitFor();

    expect(studio.complaints).toEqual([]);
    await studio.close();
  });
});
