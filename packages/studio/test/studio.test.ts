import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bax } from "../../cli/test/command.ts";
import { overflowOf, seriousViolations } from "../../report/test/chromium.ts";
import { type OpenStudio, openStudio, openTab } from "./page.ts";
import { surroundings } from "./surroundings.ts";

const DATA = fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const around = surroundings(400);
const { folder } = around;

/** A table that is learned in a moment: three kinds of short texts, one text in eight with a wrong label. */
function smallTable(): string {
  const kinds = {
    greeting: ["hello there", "good morning", "nice to meet you", "hi friend"],
    weather: ["it rains", "the sun is out", "snow tomorrow", "cold wind"],
    food: ["bread and cheese", "a bowl of soup", "fresh apples", "hot pizza"],
  };
  const names = Object.keys(kinds);
  const rows = Array.from({ length: 360 }, (_, i) => {
    const name = names[i % 3] as keyof typeof kinds;
    const text = `${kinds[name][(i >> 2) % 4]}, number ${i}`;
    return `"${text}",${i % 8 === 0 ? names[(i + 1) % 3] : name}`;
  });
  return `message,kind\n${rows.join("\n")}\n`;
}

async function give({ page }: OpenStudio, file: string): Promise<void> {
  await page.getByLabel("A file of labelled texts").setInputFiles(file);
  await page.getByRole("button", { name: "Next: train" }).waitFor();
}

async function train({ page }: OpenStudio): Promise<void> {
  await openTab(page, "Train");
  await page.getByRole("button", { name: /^Train( again)?$/ }).click();
  await page.getByRole("heading", { name: "Your model" }).waitFor({ timeout: 120_000 });
}

async function download({ page }: OpenStudio, button: RegExp = /^Download .*safetensors/): Promise<Buffer> {
  await openTab(page, "Ship");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  return readFileSync(await file.path());
}

/** Takes what the models suggest for the first suspects, by the keyboard alone; returns how many changes that made. */
async function fixLabels({ page }: OpenStudio): Promise<number> {
  await openTab(page, "Improve");
  await page.getByRole("button", { name: "Look for wrong labels" }).click();
  await page.getByText(/^1 of \d+$/).waitFor({ timeout: 150_000 });
  for (let i = 0; i < FIXES; i++) await page.keyboard.press("f");
  const changed = await page.getByRole("heading", { name: /^\d+ changes?$/ }).textContent();
  // Who takes the model along now is told that it does not know of them.
  const unlearned = page.getByText("It has not learned what you changed");
  await openTab(page, "Ship");
  await unlearned.waitFor();
  await openTab(page, "Improve");
  await page.getByRole("button", { name: "Train again" }).click();
  await page
    .getByRole("table", { name: "What changed, on the part that was held out each time" })
    .waitFor({ timeout: 120_000 });
  await openTab(page, "Ship");
  await page.getByRole("heading", { name: "Take the model along" }).waitFor();
  expect(await unlearned.count()).toBe(0);
  return Number.parseInt(changed ?? "", 10);
}

/** Nothing was complained of, and nobody else was asked for anything. */
async function finish(studio: OpenStudio): Promise<void> {
  expect(studio.complaints).toEqual([]);
  expect(studio.strangers).toEqual([]);
  await studio.close();
}

/** What the command makes of a file. */
function trainByCommand(data: string, flags: readonly string[]): { bytes: Buffer; accuracy: number } {
  const model = join(folder, "command.safetensors");
  const { status, stdout, stderr } = bax(["train", data, ...flags, "-o", model, "--json", "--quiet"]);
  expect(status, stderr).toBe(0);
  return { bytes: readFileSync(model), accuracy: JSON.parse(stdout).valid.accuracy };
}

/** Measures the model on a file, and gives the figures that the page shows. */
async function testOn({ page }: OpenStudio, file: string): Promise<Record<string, string>> {
  await openTab(page, "Evaluate");
  await page.getByLabel("Measure it on a test file").setInputFiles(file);
  await page.getByText(`measured on ${basename(file)}`).waitFor({ timeout: 120_000 });
  const figures = await page.locator(".bax-figures").first().locator("div").all();
  const shown: Record<string, string> = {};
  for (const figure of figures)
    shown[(await figure.locator("dt").textContent()) ?? ""] = (await figure.locator(".bax-value").textContent()) ?? "";
  return shown;
}

/** The same figures by the command. */
function testByCommand(model: string, file: string, flags: readonly string[]): Record<string, string> {
  const { status, stdout, stderr } = bax(["test", model, file, ...flags, "--json", "--quiet"]);
  expect(status, stderr).toBe(0);
  const { accuracy, macroF1, examples } = JSON.parse(stdout);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return { Accuracy: percent(accuracy), "Macro F1": percent(macroF1), Examples: examples.toLocaleString("en-GB") };
}

/** Data as they were published, and how their columns are named for the command. */
const SETS = [
  {
    name: "banking77",
    file: "original.train.csv",
    test: "original.test.csv",
    flags: ["--text", "text", "--label", "category"],
  },
  { name: "sms-spam", file: "original.tsv", test: "original.tsv", flags: ["--text", "column2", "--label", "column1"] },
] as const;
/** Labels that are mended. */
const FIXES = 10;

describe.skipIf(!around.hasBrowser)("the studio in Chromium", () => {
  describe.each(SETS)("$name (needs ../shared/data)", ({ name, file, test, flags }) => {
    it.skipIf(!existsSync(DATA)).each([
      { isIsolated: true, width: 1200 },
      { isIsolated: false, width: 390 },
    ])(
      "the whole way, isolated: $isIsolated, $width px wide: the model is that of the command, to the byte",
      async (view) => {
        const path = join(DATA, name, file);
        const studio = await openStudio(around.browser, view);
        await give(studio, path);
        await train(studio);
        const verdict = await studio.page.locator(".studio-verdict strong").textContent();
        expect(await overflowOf(studio.page)).toBe(0);
        await openTab(studio.page, "Evaluate");
        await studio.page
          .getByRole("heading", { name: /wrong|mistakes/i })
          .first()
          .waitFor();
        expect(await overflowOf(studio.page)).toBe(0);
        await openTab(studio.page, "Understand");
        await studio.page.getByLabel("A text").fill("my card is stuck in the machine");
        await studio.page.locator(".studio-bars li").first().waitFor();
        await studio.page.locator(".bax-explained").waitFor();
        const own = trainByCommand(path, flags);
        const model = join(folder, "downloaded.safetensors");
        writeFileSync(model, await download(studio));
        expect(readFileSync(model).equals(own.bytes)).toBe(true);
        expect(verdict).toBe(`${(100 * own.accuracy).toFixed(1)} %`);
        const onTest = join(DATA, name, test);
        expect(await testOn(studio, onTest)).toMatchObject(testByCommand(model, onTest, flags));

        // Ten labels are mended, and the command makes the same model of the data as they are then.
        expect(await fixLabels(studio)).toBe(FIXES);
        expect(await overflowOf(studio.page)).toBe(0);
        const cleaned = join(folder, "cleaned.csv");
        writeFileSync(cleaned, await download(studio, /^Download the data/));
        const mended = trainByCommand(cleaned, flags);
        expect(mended.bytes.equals(own.bytes)).toBe(false);
        expect((await download(studio)).equals(mended.bytes)).toBe(true);
        await finish(studio);
      },
    );
  });

  it("the first load is at most 300 kB packed, worker and all, and nothing jumps", async () => {
    const studio = await openStudio(around.browser);
    await studio.page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();
    await studio.page.waitForLoadState("networkidle");
    expect(studio.files.filter((file) => /worker-.*\.js$/.test(file)).length).toBe(1);
    const bytes = [...new Set(studio.files)].map((file) => gzipSync(readFileSync(file), { level: 9 }).length);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(300_000);
    const shift = await studio.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(sum), 300);
        }),
    );
    expect(shift).toBeLessThanOrEqual(0.05);
    await finish(studio);
  });

  it("a small table: columns are guessed, the work survives a reload, and Start over forgets it", async () => {
    const file = join(folder, "small.csv");
    writeFileSync(file, smallTable());
    const studio = await openStudio(around.browser, { data: file });
    const { page } = studio;
    await page.getByRole("heading", { name: "small.csv" }).waitFor();
    expect(await page.getByLabel("The texts are in the column").inputValue()).toBe("message");
    expect(await page.getByLabel("The labels are in the column").inputValue()).toBe("kind");
    await train(studio);
    const verdict = await page.locator(".studio-verdict").textContent();
    await page.reload();
    await openTab(page, "Train");
    await page.getByRole("heading", { name: "Your model" }).waitFor();
    expect(await page.locator(".studio-verdict").textContent()).toBe(verdict);
    await page.getByRole("button", { name: "Start over" }).click();
    await page.getByRole("heading", { name: "Bring your labelled texts" }).waitFor();
    await finish(studio);
  });

  it("the options are those of the one table: epochs that are chosen are made, and an impossible value is refused", async () => {
    const file = join(folder, "options.csv");
    writeFileSync(file, smallTable());
    const studio = await openStudio(around.browser);
    const { page } = studio;
    await give(studio, file);
    await openTab(page, "Train");
    await page.getByText("Options", { exact: true }).click();
    await page.getByLabel("epochs", { exact: true }).fill("3");
    await page.getByLabel("epochs", { exact: true }).blur();
    await train(studio);
    const bytes = await download(studio);
    const own = join(folder, "options.safetensors");
    expect(bax(["train", file, "-o", own, "--epochs", "3", "--quiet"]).status).toBe(0);
    expect(bytes.equals(readFileSync(own))).toBe(true);
    await finish(studio);
  });

  it("a smaller model is as small as was asked for, and the report opens", async () => {
    const file = join(folder, "ship.csv");
    writeFileSync(file, smallTable());
    const studio = await openStudio(around.browser);
    const { page } = studio;
    await give(studio, file);
    await train(studio);
    const whole = await download(studio);
    await page.getByLabel(/^At most \d+ % of its size/).fill("25");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByText(/it says the same as the large model/).waitFor();
    const small = await download(studio, /^Download the small model/);
    expect(small.length).toBeLessThanOrEqual(whole.length * 0.25);
    const path = join(folder, "small.safetensors");
    writeFileSync(path, small);
    expect(bax(["info", path]).status).toBe(0);
    const report = await download(studio, /^Download the report/);
    expect(report.toString("utf8")).toContain("bax-data");
    await finish(studio);
  });

  it("an opened model of bax or fastText is measured on a file as bax test does, and tells why and takes to other places", async () => {
    const own = join(folder, "opened.safetensors");
    const data = join(folder, "opened.csv");
    writeFileSync(data, smallTable());
    expect(bax(["train", data, "-o", own, "--quiet"]).status).toBe(0);
    const lines = join(folder, "languages.txt");
    writeFileSync(lines, "__label__a the cat sat\n__label__b dogs run far\n__label__a a cat ran\n".repeat(20));
    const foreign = join(folder, "foreign.ftz");
    expect(bax(["fasttext", "supervised", "-input", lines, "-output", join(folder, "foreign")]).status).toBe(0);
    expect(bax(["fasttext", "quantize", "-input", lines, "-output", join(folder, "foreign")]).status).toBe(0);
    for (const [model, file] of [
      [own, data],
      [foreign, lines],
    ]) {
      const studio = await openStudio(around.browser);
      const { page } = studio;
      await page.getByLabel("A file of labelled texts").setInputFiles(model);
      await page.getByLabel("A text").fill("the cat and good morning");
      await page.locator(".bax-explained").waitFor();
      expect(await testOn(studio, file)).toMatchObject(testByCommand(model, file, []));
      const report = await download(studio, /^Download the report/);
      expect(report.toString("utf8")).toContain(basename(file));
      expect((await download(studio, /^Download .*MB/)).equals(readFileSync(model))).toBe(model === own);
      // The test is still there after a reload.
      await page.reload();
      await openTab(page, "Evaluate");
      await page.getByText(`measured on ${basename(file)}`).waitFor();
      await finish(studio);
    }
  });

  it("a test file with other labels is refused; the strongest features of a label are those of the command", async () => {
    const data = join(folder, "strongest.csv");
    writeFileSync(data, smallTable());
    const studio = await openStudio(around.browser);
    const { page } = studio;
    await give(studio, data);
    await train(studio);
    const model = join(folder, "strongest.safetensors");
    writeFileSync(model, await download(studio));
    const other = join(folder, "other.csv");
    writeFileSync(other, "message,kind\nhello,salutation\n");
    await openTab(page, "Evaluate");
    await page.getByLabel("Measure it on a test file").setInputFiles(other);
    expect(await page.locator(".studio-trouble").textContent()).toMatch(/none of its labels is one of the model's/);
    await page.getByRole("button", { name: "Close this message" }).click();

    await openTab(page, "Understand");
    await page.getByLabel("Label", { exact: true }).selectOption("weather");
    const table = page.getByRole("table", { name: /^What speaks for weather/ });
    // The worker answers in its own time: an empty table is not yet its answer.
    await table.locator("tbody th").first().waitFor();
    const shown = await table.locator("tbody th").allTextContents();
    const flags = ["--examples", data, "--strongest", "20", "--label", "weather", "--json"];
    const { status, stdout, stderr } = bax(["explain", model, ...flags]);
    expect(status, stderr).toBe(0);
    const { features } = JSON.parse(stdout) as { features: { feature: string }[] };
    expect(features.length).toBeGreaterThan(3);
    expect(shown).toEqual(features.map(({ feature }) => feature));
    await finish(studio);
  });

  it("axe finds nothing serious on any tab, light and dark, wide and narrow", async () => {
    const file = join(folder, "axe.csv");
    writeFileSync(file, smallTable());
    for (const view of [
      { width: 1200, dark: false },
      { width: 390, dark: true },
    ]) {
      const studio = await openStudio(around.browser, { ...view, bypassPolicy: true });
      await give(studio, file);
      await train(studio);
      for (const tab of ["Data", "Train", "Evaluate", "Understand", "Improve", "Ship", "Learn"]) {
        await openTab(studio.page, tab);
        await studio.page.waitForTimeout(300);
        expect(await seriousViolations(studio.page), tab).toEqual([]);
        expect(await overflowOf(studio.page), tab).toBe(0);
      }
      await studio.close();
    }
  });

  it("what is no table of texts is refused in plain words, and nothing breaks", async () => {
    const studio = await openStudio(around.browser);
    const { page } = studio;
    const header = Buffer.from('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const foreign = Buffer.concat([length, header, Buffer.alloc(4)]);
    const wrong: readonly [name: string, content: string | Buffer, said: RegExp][] = [
      ["one-class.csv", `text,label\n${"hello,same\n".repeat(40)}`, /one label|two/i],
      [
        "numbers.csv",
        `text,label\n${Array.from({ length: 300 }, (_, i) => `text ${i},${i * 1.7}\n`).join("")}`,
        /number/i,
      ],
      ["picture.csv", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), /picture|image/i],
      ["empty.csv", "", /empty/i],
      ["broken.csv", 'text,label\nfine,a\n"never closed,b\nmore,a\n', /row|line|quote/i],
      ["model.csv", foreign, /model|safetensors/i],
      ["other.safetensors", foreign, /bax|another program|model/i],
      ["other.bin", Buffer.alloc(64, 7), /model/i],
    ];
    for (const [name, content, said] of wrong) {
      writeFileSync(join(folder, name), content);
      await page.getByLabel("A file of labelled texts").setInputFiles(join(folder, name));
      const shown = page.locator(".studio-trouble, .studio-warnings").first();
      await shown.waitFor();
      expect(await shown.textContent(), name).toMatch(said);
      const again = page.getByLabel("Close this message").or(page.getByRole("button", { name: "Start over" }));
      await again.first().click();
      await shown.waitFor({ state: "detached" });
    }
    await finish(studio);
  });
});
