// Generated text for the tests of the public face: small, seeded, and separable where that is wanted.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { BaxError, type BaxErrorCode } from "../src/errors.ts";
import type { Example, LineBlock } from "../src/index.ts";
import { Random } from "../src/math/random.ts";

const TOPICS: Record<string, string> = {
  sport: "goal match striker referee penalty league keeper pitch coach tackle",
  food: "garlic simmer butter oven recipe dough pepper roast sauce flour",
  music: "chorus guitar melody drummer album tempo violin concert rhythm tenor",
};
const FILLER = "the a of and we it was very then quite some for with on this".split(" ");

/** `count` texts of 8 words in turn of three labels: two words of the topic, the rest says nothing. */
export function samples(count: number, seed: number): { text: string; label: string }[] {
  const random = new Random(seed);
  const pick = (words: readonly string[]) => words[random.uint32() % words.length];
  const labels = Object.keys(TOPICS);
  return Array.from({ length: count }, (_, i) => {
    const label = labels[i % labels.length];
    const words = Array.from({ length: 8 }, () => pick(FILLER));
    const topic = TOPICS[label].split(" ");
    words[random.uint32() % 4] = pick(topic);
    words[4 + (random.uint32() % 4)] = pick(topic);
    return { text: words.join(" "), label };
  });
}

/** fastText lines of examples. */
export function linesOf(examples: readonly Example[]): Uint8Array {
  const line = ({ text, label, labels = [label!] }: Example) =>
    `${(labels as readonly string[]).map((name) => `__label__${name} `).join("")}${text}\n`;
  return new TextEncoder().encode(examples.map(line).join(""));
}

/** Lines in blocks that end after the given numbers of lines. */
export function blocksOf(examples: readonly Example[], cuts: readonly number[]): LineBlock[] {
  const bounds = [0, ...cuts, examples.length];
  return bounds
    .slice(1)
    .map((to, i) => ({ lines: linesOf(examples.slice(bounds[i], to)), file: "samples", firstLine: bounds[i] + 1 }));
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Checks that something is refused with a BaxError of this code, with a message and with advice; returns the message. */
export function expectRefusal(error: unknown, code: BaxErrorCode, message: RegExp = /./): string {
  if (!(error instanceof BaxError)) throw error ?? new Error("nothing was refused");
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  expect(error.message).not.toMatch(/undefined|\[object/);
  expect(error.advice).toMatch(/^\S.*\.$/s);
  return error.message;
}

/** What a call throws. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a promise is rejected with. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error) => error,
  );
}

/** Path of a file of the shared data, which a clone may lack. */
export function sharedData(path: string): string {
  return fileURLToPath(new URL(`../../../../shared/data/${path}`, import.meta.url));
}

export function hasSharedData(set: string): boolean {
  return existsSync(sharedData(`${set}/train.txt`)) && existsSync(sharedData(`${set}/test.txt`));
}

/** `count` lines from all over a file of the shared data. */
export function sharedLines(path: string, count: number): string[] {
  const lines = readFileSync(sharedData(path), "utf8").split("\n").filter(Boolean);
  const step = Math.max(1, lines.length / count);
  return Array.from({ length: Math.min(count, lines.length) }, (_, i) => lines[Math.floor(i * step)]);
}
