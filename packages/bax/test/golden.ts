// The golden cases of test/golden, as the library's tests use them.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../../test/golden/", import.meta.url);

/** One model that the real fastText made, and what it says. */
export interface GoldenModel {
  name: string;
  bytes: Uint8Array;
  labels: string[];
  /** Of each text: index and probability in turn, best first. */
  predict?: number[][];
  predictWithoutNewline?: number[][];
  cli: Record<string, string>;
}

interface GoldenText {
  text?: string;
  hex?: string;
  repeat?: string;
  times?: number;
}

function json<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T;
}

function bytesOf({ text = "", hex, repeat, times = 1 }: GoldenText): Uint8Array {
  if (hex !== undefined) return Uint8Array.from(Buffer.from(hex, "hex"));
  return new TextEncoder().encode(repeat === undefined ? text : repeat.repeat(times));
}

/** The texts that every model was asked, as bytes. */
export const goldenTexts: Uint8Array[] = json<{ texts: GoldenText[] }>("texts.json").texts.map(bytesOf);

/** Names of all models. */
export const goldenNames: string[] = readdirSync(new URL("models/", folder)).filter((name) =>
  /\.(bin|ftz)$/.test(name),
);

export function goldenModel(name: string): GoldenModel {
  const bytes = Uint8Array.from(readFileSync(new URL(`models/${name}`, folder)));
  return { ...json<Omit<GoldenModel, "name" | "bytes">>(`models/${name}.json`), name, bytes };
}

/** SHA-256 of bytes, in hexadecimal digits: a difference is easier to read than two files. */
export function sha(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
