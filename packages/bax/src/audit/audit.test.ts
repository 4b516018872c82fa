import { describe, expect, test } from "vitest";
import { type Audit, type AuditFinding, type AuditKind, type AuditOptions, audit, type Example } from "../index.ts";
import { Random } from "../math/random.ts";

const TOPICS: Readonly<Record<string, readonly string[]>> = {
  spam: ["win", "free", "prize", "cash", "offer", "click", "claim", "urgent", "bonus", "lottery"],
  ham: ["lunch", "meeting", "tomorrow", "home", "thanks", "dinner", "see", "later", "family", "train"],
  news: ["minister", "election", "market", "report", "police", "city", "court", "budget", "senate", "bank"],
};
const COMMON = ["the", "a", "to", "of", "and", "in", "is", "for", "with", "you", "on", "it"];

/** Texts of 14 to 21 words, half of them of a topic, all different. */
function texts(count: number, seed = 1): { text: string; label: string }[] {
  const random = new Random(seed);
  const labels = Object.keys(TOPICS);
  return Array.from({ length: count }, (_, n) => {
    const label = labels[n % labels.length];
    const words = Array.from({ length: 14 + random.below(8) }, (_, i) => {
      const pool = i % 2 === 0 ? COMMON : TOPICS[label];
      return pool[random.below(pool.length)];
    });
    return { text: words.join(" "), label };
  });
}

const QUICK: AuditOptions = { training: { epochs: 4, dim: 8, threads: 1 } };
const DATA = texts(300);

async function look(examples: readonly Example[], checks?: AuditKind[], options: AuditOptions = {}): Promise<Audit> {
  return audit(examples, { ...QUICK, checks, ...options });
}

const rowsOf = ({ findings }: Audit, kind: AuditKind): (number | null)[] =>
  findings.filter((finding) => finding.kind === kind).map(({ row }) => row);

const withoutTime = ({ seconds: _, ...rest }: Audit) => rest;

describe("audit", () => {
  test("good data of one language have no findings but a few doubts", async () => {
    const found = await look(DATA);
    expect(found).toMatchObject({ rows: 300, testRows: null, labels: ["spam", "ham", "news"] });
    expect(found.findings.length).toBeLessThan(6);
    expect(found.labelErrors?.agreement).toBeGreaterThan(0.97);
  });

  test("the same findings on one thread and on two, and as JSON", async () => {
    const noisy = DATA.map((one, n) => (n % 17 === 0 ? { ...one, label: "ham" } : one));
    const [one, two] = [
      await look(noisy, undefined, { training: { ...QUICK.training, threads: 1 } }),
      await look(noisy, undefined, { training: { ...QUICK.training, threads: 2 } }),
    ];
    expect(withoutTime(two)).toEqual(withoutTime(one));
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
    expect(one.findings.map(({ rank }) => rank)).toEqual(one.findings.map((_, n) => n + 1));
    const scores = one.findings.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    for (const score of scores) expect(score >= 0 && score <= 1).toBe(true);
  });

  test("flipped labels are ranked first, with the right label suggested", async () => {
    const flipped = DATA.map((one, n) =>
      n % 10 === 3 ? { ...one, label: one.label === "ham" ? "spam" : "ham" } : one,
    );
    const found = await look(flipped, ["label-error"]);
    const first = found.findings.slice(0, 30);
    expect(first.filter(({ row }) => (row as number) % 10 === 3).length).toBeGreaterThanOrEqual(28);
    const relabelled = found.findings.filter(({ suggestion }) => suggestion?.action === "relabel");
    expect(relabelled.length).toBeGreaterThan(10);
    const right = relabelled.filter(
      ({ row, suggestion }) => suggestion?.action === "relabel" && suggestion.labels[0] === DATA[row as number].label,
    );
    expect(right.length / relabelled.length).toBeGreaterThan(0.9);
    expect(found.labelErrors?.estimate).toBeGreaterThan(15);
  });

  test("in rows of several labels one that is wrong and one that is missing are found", async () => {
    const pairs: Example[] = texts(600, 5).map(({ text, label }, n, all) =>
      n % 2 === 0 ? { text, label } : { text: `${text} ${all[n - 1].text}`, labels: [label, all[n - 1].label] },
    );
    pairs[11] = { ...pairs[11], labels: [texts(600, 5)[11].label] };
    pairs[20] = { text: pairs[20].text, labels: ["news", "ham"] };
    const found = await look(pairs, ["label-error"], { training: { threads: 1 } });
    const [missing, wrong] = [11, 20].map((row) => found.findings.slice(0, 6).find((finding) => finding.row === row));
    expect(missing).toMatchObject({ labels: ["news"], suggestion: null });
    expect(missing?.reason).toMatch(/say "ham" as well/);
    expect(wrong).toMatchObject({ labels: ["news", "ham"] });
    expect(wrong?.reason).toMatch(/^labelled "news" and "ham", but models that did not see it say "ham" with 0\.0/);
  });

  test("planted duplicates, near-duplicates and conflicts are found, and nothing else", async () => {
    const planted: Example[] = [];
    const kinds = new Map<number, AuditKind>();
    const plant = (example: Example, kind: AuditKind): void => {
      kinds.set(DATA.length + planted.length, kind);
      planted.push(example);
    };
    for (let n = 0; n < 60; n += 3) {
      const { text, label } = DATA[n];
      plant({ text, label }, "duplicate");
      plant(
        { text: `  ${DATA[n + 1].text.toUpperCase().replaceAll(" ", "  ")}!`, label: DATA[n + 1].label },
        "duplicate",
      );
      plant({ text: `${DATA[n + 2].text} indeed`, label: DATA[n + 2].label }, "near-duplicate");
    }
    plant({ text: DATA[100].text, label: "other" }, "conflict");
    const found = await look([...DATA, ...planted], ["duplicate", "near-duplicate", "conflict"]);
    for (const [row, kind] of kinds) {
      const of = found.findings.filter((finding) => finding.row === row);
      expect(
        of.map((finding) => finding.kind),
        `${row}`,
      ).toContain(kind);
    }
    expect(rowsOf(found, "conflict").toSorted()).toEqual([100, DATA.length + planted.length - 1]);
    const other = found.findings.filter(({ row, kind }) => kind !== "conflict" && !kinds.has(row as number));
    expect(other).toEqual([]);
  });

  test("one row of each text stays, whatever the order of the rows", async () => {
    const rows = [...texts(40), ...texts(40), ...texts(20)];
    for (const order of [rows, rows.toReversed()]) {
      const found = await look(order, ["duplicate"]);
      const gone = new Set(rowsOf(found, "duplicate"));
      const left = order.filter((_, n) => !gone.has(n)).map(({ text }) => text);
      expect(left.toSorted()).toEqual(
        texts(40)
          .map(({ text }) => text)
          .toSorted(),
      );
    }
  });

  test("a conflict goes to the majority; a tie is for a person", async () => {
    const same = { text: "the very same text" };
    const rows = [...DATA, ...["ham", "ham", "spam"].map((label) => ({ ...same, label }))];
    const alone = (await look(rows, ["conflict"])).findings;
    expect(alone).toHaveLength(1);
    expect(alone[0]).toMatchObject({ row: 302, suggestion: { action: "relabel", labels: ["ham"] }, otherCount: 2 });
    const both = (await look(rows, ["conflict", "duplicate"])).findings;
    expect(both.map(({ row, suggestion }) => [row, suggestion?.action])).toEqual([
      [302, "remove"],
      [301, "remove"],
    ]);
    const tie = (await look(rows.slice(1, -2).concat({ ...same, label: "spam" }), ["conflict"])).findings;
    expect(tie.map(({ suggestion }) => suggestion)).toEqual([null, null]);
  });

  test("leaks are found in either direction of edit, with the row of the test data", async () => {
    const test = texts(60, 9);
    const leaked = test.slice(0, 30).map(({ text, label }, n) => ({
      text: [text, text.toUpperCase().replaceAll(" ", ", "), `${text} again`][n % 3],
      label,
    }));
    const found = await look([...DATA, ...leaked], ["leak"], { test });
    expect(rowsOf(found, "leak").toSorted()).toEqual(leaked.map((_, n) => 300 + n));
    expect(found.testRows).toBe(60);
    for (const { row, others } of found.findings)
      expect(others).toEqual([{ row: (row as number) - 300, inTest: true }]);
  });

  test("labels that mean the same are named, with rows to look at", async () => {
    const split = DATA.map((one, n) => (one.label === "news" && n % 2 ? { ...one, label: "politics" } : one));
    const found = await look(split, ["inseparable-labels"]);
    expect(found.findings).toHaveLength(1);
    expect(found.findings[0]).toMatchObject({ row: null, text: null, suggestion: null });
    expect(found.findings[0].labels.toSorted()).toEqual(["news", "politics"]);
    expect(found.findings[0].others.length).toBeGreaterThan(2);
  });

  test("odd texts: empty, long, broken, of another script or language, and unlike all others", async () => {
    const odd: [text: string, kind: AuditKind][] = [
      ["", "empty"],
      [" \t ", "empty"],
      ["?!", "empty"],
      [Array.from({ length: 700 }, (_, n) => COMMON[n % 12]).join(" "), "long"],
      ["the cafÃ© is in the city", "encoding"],
      ["это совсем другой язык и не тот", "language"],
      ["el perro corre por las calles mientras cae la lluvia fina sobre nosotros", "language"],
      ["xqzt vbrw plmk jhgf dsaq", "outlier"],
    ];
    const rows = [...DATA, ...odd.map(([text], n) => ({ text, label: ["spam", "ham", "news"][n % 3] }))];
    const found = await look(rows, ["empty", "long", "encoding", "language", "outlier"]);
    const of = new Map(found.findings.map((finding): [number | null, AuditFinding] => [finding.row, finding]));
    expect(odd.map((_, n) => of.get(300 + n)?.kind)).toEqual(odd.map(([, kind]) => kind));
    expect(found.findings.filter(({ row }) => (row as number) < 300)).toEqual([]);
  });

  test("data of several languages are not held for strange", async () => {
    const cyrillic = (text: string): string =>
      Array.from(text, (c) => (c === " " ? c : String.fromCharCode(c.charCodeAt(0) + 0x3cf))).join("");
    const mixed = DATA.map((one, n) => (n % 3 === 0 ? { text: cyrillic(one.text), label: "ru" } : one));
    const found = await look(mixed, ["language"]);
    expect(found.findings).toEqual([]);
    expect(found.notes.join()).toMatch(/scripts were not compared/);
    // A label for what is in another language: strange by nature.
    const few = DATA.map((one, n) => (n % 30 === 0 ? { text: cyrillic(one.text), label: "ru" } : one));
    expect((await look(few, ["language"])).findings).toEqual([]);
  });

  test("what cannot be looked for is said, and the rest goes on", async () => {
    const found = await look([{ text: "a" }, { text: "a" }, { text: "" }]);
    expect(found.labelErrors).toBeNull();
    expect(found.notes.join()).toMatch(/label errors were not looked for/);
    expect(rowsOf(found, "duplicate")).toEqual([1]);
    const sampled = await look(DATA, ["label-error"], { sample: 100 });
    expect(sampled.labelErrors?.rows).toBe(100);
    expect(sampled.notes.join()).toMatch(/in 100 of 300 rows/);
  });

  test("lines of text count as rows, blank ones too", async () => {
    const lines = new TextEncoder().encode("__label__a one two\n\n__label__b one two\n__label__a one two");
    const found = await audit([{ lines, file: "x.txt", firstLine: 1 }], { checks: ["conflict", "duplicate", "empty"] });
    expect(found.rows).toBe(4);
    expect(found.findings.map(({ kind, row }) => [kind, row])).toEqual([
      ["conflict", 2],
      ["duplicate", 3],
    ]);
  });

  test("wrong options are refused, and a signal stops it", async () => {
    await expect(look(DATA, ["leak"])).rejects.toMatchObject({ code: "usage" });
    await expect(look(DATA, [], {})).rejects.toMatchObject({ code: "usage" });
    await expect(look(DATA, ["nonsense" as AuditKind])).rejects.toMatchObject({ code: "usage" });
    await expect(look(DATA, undefined, { similarity: 0.2 })).rejects.toMatchObject({ code: "usage" });
    await expect(look([])).rejects.toMatchObject({ code: "data" });
    await expect(look(DATA, undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  });
});
