import { readdirSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";
import { runFastText } from "../src/fasttext/index.ts";

/** What fastText says about one model; test/golden/README.md describes it. */
export interface Golden {
  readonly model: string;
  readonly args: string;
  readonly labels?: readonly string[];
  readonly cli: Readonly<Record<string, string>>;
  readonly testLabel?: Readonly<Record<string, readonly [number | null, number | null, number | null]>>;
}

interface GoldenText {
  readonly text?: string;
  readonly hex?: string;
  readonly repeat?: string;
  readonly times?: number;
}

const FOLDER = fileURLToPath(new URL("../../../test/golden/", import.meta.url));

/** Path of a file among the golden cases. */
export function goldenPath(name: string): string {
  return FOLDER + name;
}

const { texts, words, triplets } = JSON.parse(readFileSync(goldenPath("texts.json"), "utf8")) as {
  texts: GoldenText[];
  words: string[];
  triplets: string[];
};

function bytesOf({ text, hex, repeat, times }: GoldenText): Buffer {
  if (hex !== undefined) return Buffer.from(hex, "hex");
  return Buffer.from(repeat === undefined ? (text ?? "") : repeat.repeat(times ?? 1));
}

/** All texts, a newline behind each. */
export const TEXTS: Buffer = Buffer.concat(texts.flatMap((text) => [bytesOf(text), Buffer.from("\n")]));
/** All words, and all triplets, a line each. */
export const WORDS: Buffer = Buffer.from(words.map((word) => `${word}\n`).join(""));
export const TRIPLETS: Buffer = Buffer.from(triplets.map((triplet) => `${triplet}\n`).join(""));

/** What fastText says, of every model. */
export const GOLDEN: readonly Golden[] = readdirSync(goldenPath("models"))
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(goldenPath(`models/${name}`), "utf8")) as Golden);

/** Runs `bax fasttext` in this process. */
export async function fasttext(
  args: readonly string[],
  input: Uint8Array = Buffer.alloc(0),
): Promise<{ status: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text;
      return true;
    }),
  );
  const stdin = vi.spyOn(process, "stdin", "get").mockReturnValue(Readable.from([input]) as typeof process.stdin);
  try {
    return { status: await runFastText(args), ...written };
  } finally {
    for (const spy of [...spies, stdin]) spy.mockRestore();
  }
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/;

/** Asserts that two outputs are the same, but for the last digits of their numbers: fastText's own builds differ in them. */
export function expectSame(printed: string, expected: string, digits: number): void {
  const [ours, theirs] = [printed, expected].map((text) => text.split(/(?<=[\s:])/));
  expect(ours.length, `${printed}\n— expected —\n${expected}`.slice(0, 2000)).toBe(theirs.length);
  for (const [n, token] of ours.entries()) {
    const [a, b] = [token, theirs[n]].map((text) => text.trim());
    if (a === b) continue;
    const where = `…${ours.slice(Math.max(0, n - 8), n + 1).join("")} expected ${b}`;
    expect(NUMBER.test(a) && NUMBER.test(b), where).toBe(true);
    const scale = Math.max(Math.abs(Number(a)), Math.abs(Number(b)));
    expect(Math.abs(Number(a) - Number(b)), where).toBeLessThanOrEqual(3 * 10 ** -digits * Math.max(scale, 0.1));
  }
}
