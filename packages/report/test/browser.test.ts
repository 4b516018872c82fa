import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Finding, type Findings, type ReportData, renderReport, shownExplanation } from "../src/index.ts";
import { findChromium, launchChromium, openFile, overflowOf, seriousViolations } from "./chromium.ts";
import { HOSTILE, measuredSample, SCREENSHOTS } from "./samples.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const chromium = findChromium();
const KINDS = ["test", "several", "train", "audit", "explain"] as const;
const folder = mkdtempSync(join(tmpdir(), "bax-report-"));
const fileOf = (kind: string) => join(folder, `${kind}.html`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function findings(): Findings {
  const one = (i: number): Finding => ({
    kind: i % 2 === 0 ? "label" : "duplicate",
    score: 1 - i / 100,
    reason: i % 2 === 0 ? "99 % sure of another label" : "the same text again",
    row: i + 1,
    place: `train.txt:${i + 1}`,
    text: i === 0 ? HOSTILE : i === 1 ? "خبر عاجل من المدينة" : `finding ${i}`,
    cut: i === 2,
    label: "ham",
    suggestion: i % 2 === 0 ? "spam" : null,
    others: i % 2 === 0 ? [] : [{ row: 90, place: null, text: HOSTILE, label: "ham" }],
  });
  return {
    kinds: [
      { kind: "label", name: "Probably mislabelled", meaning: "a model is sure of another label", count: 35 },
      { kind: "duplicate", name: "Duplicates", meaning: "the same text again", count: 35 },
    ],
    findings: Array.from({ length: 70 }, (_, i) => one(i)),
    notes: ["A note."],
  };
}

/** Reports of every kind. */
async function samples(): Promise<Record<(typeof KINDS)[number], ReportData>> {
  const { data, model } = await measuredSample();
  const several = await measuredSample(true);
  const empty = { ...data, data: null, measured: null, model: null };
  const texts = [`win a prize ${HOSTILE}`, "خبر عاجل من المدينة", "", "lunch tomorrow? 明日の昼ご飯"];
  return {
    test: data,
    several: several.data,
    train: { ...data, kind: "train", curve: model.report?.curve ?? [], notes: ["A note."] },
    audit: { ...empty, kind: "audit", findings: findings() },
    explain: {
      ...empty,
      kind: "explain",
      explanations: texts.map((text) => shownExplanation(text, model.explain(text, { against: "runner-up" }))),
    },
  };
}

// Where there is no chromium, the tests are skipped by name: see docs/report.md for how to get it.
describe.skipIf(chromium === undefined)("reports in chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    for (const [kind, data] of Object.entries(await samples())) writeFileSync(fileOf(kind), renderReport(data));
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launchChromium(chromium ?? "");
  });
  afterAll(() => browser?.close());

  const views = KINDS.flatMap((kind) =>
    [1280, 390].flatMap((width) => [false, true].map((dark) => ({ kind, width, dark }))),
  );
  it.concurrent.each(views)(
    "$kind at $width pixels, dark: $dark, asks for nothing, complains of nothing and fits",
    async (view) => {
      const { page, requests, complaints } = await openFile(browser, fileOf(view.kind), view);
      await page.screenshot({
        path: join(SCREENSHOTS, `${view.kind}-${view.width}${view.dark ? "-dark" : ""}.png`),
        fullPage: true,
      });
      expect(requests).toEqual([pathToFileURL(fileOf(view.kind)).href]);
      expect(complaints).toEqual([]);
      expect(await overflowOf(page)).toBe(0);
      await page.context().close();
      // Both widths and both sets of colours are looked at by axe, though not each with each.
      if ((view.width === 1280) === view.dark) return;
      const open = await openFile(browser, fileOf(view.kind), { ...view, bypassPolicy: true });
      // What is folded up must be as good as what is not.
      await open.page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      expect(await seriousViolations(open.page)).toEqual([]);
      expect(await overflowOf(open.page)).toBe(0);
      await open.page.context().close();
    },
  );

  async function opened(kind: (typeof KINDS)[number]): Promise<Page> {
    const { page } = await openFile(browser, fileOf(kind), { width: 1280 });
    return page;
  }

  it("makes no element of a text", async () => {
    for (const kind of KINDS) {
      const page = await opened(kind);
      expect(await page.locator("img").count()).toBe(0);
      if (kind !== "several") expect(await page.locator("body").textContent()).toContain("onerror=alert(1)");
      await page.context().close();
    }
  });

  it("sorts a table by keyboard, and says so", async () => {
    const page = await opened("test");
    const head = page.locator("#labels th", { hasText: "Texts" });
    const cells = () => page.locator("#labels tbody tr td:nth-child(7)").allTextContents();
    await head.locator("button").focus();
    await page.keyboard.press("Enter");
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    const down = (await cells()).map(Number);
    expect(down).toEqual([...down].sort((a, b) => b - a));
    await page.keyboard.press("Enter");
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    expect((await cells()).map(Number)).toEqual(down.reverse());
    expect(await page.locator("#labels [aria-sort]").count()).toBe(1);
    await page.context().close();
  });

  it("moves the threshold by keyboard, and tells what that costs", async () => {
    const page = await opened("test");
    const slider = page.locator("#thresholds input[type=range]");
    const coverage = () => page.locator("#thresholds .bax-live dd.bax-value").nth(3).textContent();
    expect(await coverage()).toBe("100.0 %");
    await slider.focus();
    await page.keyboard.press("End");
    expect(await slider.getAttribute("aria-valuetext")).toBe("100.00 %");
    expect(await coverage()).not.toBe("100.0 %");
    expect(await page.locator("#thresholds output").textContent()).toContain("at least 100.00 % sure");
    const moved = await page.locator("#thresholds [data-x0]").getAttribute("transform");
    expect(moved).toMatch(/translate\((?!0)/);
    await page.context().close();
  });

  it("opens the texts behind a cell by keyboard, with the arrows from cell to cell", async () => {
    const page = await opened("test");
    await page.locator(".bax-matrix button[tabindex='0']").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    const pressed = page.locator(".bax-matrix button[aria-pressed=true]");
    expect(await pressed.count()).toBe(1);
    expect(await page.locator(".bax-matrix button[tabindex='0']").count()).toBe(1);
    const count = Number(await pressed.textContent());
    expect(await page.locator(".bax-panel li").count()).toBe(Math.min(count, 20));
    await page.context().close();
  });

  it("finds findings by kind and by words", async () => {
    const page = await opened("audit");
    const status = page.locator("#findings [role=status]");
    expect(await status.textContent()).toBe("70 of 70 findings");
    expect(await page.locator("#findings .bax-card").count()).toBe(50);
    await page.locator("#findings select").first().selectOption("duplicate");
    expect(await status.textContent()).toBe("35 of 70 findings");
    await page.locator("#findings input[type=search]").fill("FINDING 33");
    expect(await status.textContent()).toBe("1 of 70 findings");
    await page.context().close();
  });

  it("shows everything on paper, and no controls", async () => {
    const page = await opened("train");
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    expect(await page.locator("details:not([open])").count()).toBe(0);
    for (const control of await page.locator("select, input, .bax-nav").all())
      expect(await control.isVisible()).toBe(false);
    await page.pdf({ path: join(SCREENSHOTS, "train.pdf"), format: "A4" });
    await page.context().close();
  });
});
