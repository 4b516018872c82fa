// How an example lies in memory (kernels/layout.ts): in one piece, so that it can be moved, written to a file and read again.
import { likeliest } from "../data/index.ts";
import {
  EXAMPLE_IDS,
  EXAMPLE_SIZE,
  EXAMPLE_TARGETS,
  EXAMPLE_WEIGHT,
  EXAMPLE_WORD_COUNT,
  FEATURE_BYTES,
  type Heap,
} from "../kernels/index.ts";

/** Bytes of a label and its target. */
const TARGET_BYTES = 8;

/** An example: its bag (ids u32, counts u8), its labels and their targets. */
export interface ExampleRecord {
  ids: number;
  counts: number;
  count: number;
  /** Features of the word block; they come first. */
  wordCount: number;
  /** (targets) indices of labels: a view. */
  labels: Uint32Array;
  /** (targets) y of each of them: a view. */
  targets: Float32Array;
  weight: number;
}

function targetsAt(example: number, count: number): number {
  return example + ((EXAMPLE_IDS + count * FEATURE_BYTES + 3) & ~3);
}

/** Bytes of an example with so many features and labels: a multiple of 4. */
export function exampleBytes(features: number, targets: number): number {
  return targetsAt(0, features) + targets * TARGET_BYTES;
}

/** Bytes of the example at an address. */
export function bytesOf(heap: Heap, at: number): number {
  const words = heap.u32;
  return exampleBytes(words[(at + EXAMPLE_SIZE) >>> 2], words[(at + EXAMPLE_TARGETS) >>> 2]);
}

/** The example at an address; its views end with the next allocation. */
export function readExample(heap: Heap, at: number): ExampleRecord {
  const words = heap.u32;
  const count = words[(at + EXAMPLE_SIZE) >>> 2];
  const targets = words[(at + EXAMPLE_TARGETS) >>> 2];
  const labels = targetsAt(at, count);
  return {
    ids: at + EXAMPLE_IDS,
    counts: at + EXAMPLE_IDS + count * 4,
    count,
    wordCount: words[(at + EXAMPLE_WORD_COUNT) >>> 2],
    labels: heap.u32At(labels, targets),
    targets: heap.f32At(labels + targets * 4, targets),
    weight: heap.f32[(at + EXAMPLE_WEIGHT) >>> 2],
  };
}

/** Writes the header of an example whose bag lies behind it already, and its labels; returns its bytes. */
export function finishExample(
  heap: Heap,
  at: number,
  bag: { count: number; wordCount: number },
  labels: readonly number[],
  targets: readonly number[],
  weight: number,
): number {
  const words = heap.u32;
  words[(at + EXAMPLE_SIZE) >>> 2] = bag.count;
  words[(at + EXAMPLE_WORD_COUNT) >>> 2] = bag.wordCount;
  words[(at + EXAMPLE_TARGETS) >>> 2] = labels.length;
  heap.f32[(at + EXAMPLE_WEIGHT) >>> 2] = weight;
  const first = targetsAt(at, bag.count) >>> 2;
  for (let i = 0; i < labels.length; i++) {
    words[first + i] = labels[i];
    heap.f32[first + labels.length + i] = targets[i];
  }
  return exampleBytes(bag.count, labels.length);
}

/** Gives an example fewer labels, or others: as many as `labels` has. */
export function replaceTargets(heap: Heap, at: number, labels: readonly number[], targets: readonly number[]): void {
  const { count, wordCount, weight } = readExample(heap, at);
  finishExample(heap, at, { count, wordCount }, labels, targets, weight);
}

/** An example outside the heap, as bytes that begin at a multiple of 4: the ids of its features. */
export function recordIds(record: Uint8Array): Uint32Array {
  return words(record, EXAMPLE_IDS, words(record, EXAMPLE_SIZE, 1)[0]);
}

/** Its labels. */
export function recordLabels(record: Uint8Array): Uint32Array {
  const [count] = words(record, EXAMPLE_TARGETS, 1);
  return words(record, record.length - count * TARGET_BYTES, count);
}

/** The labels that an answer to it should be: of soft ones the likeliest. */
export function recordGold(record: Uint8Array): readonly number[] {
  const labels = recordLabels(record);
  const { buffer, byteOffset, length } = record;
  const targets = new Float32Array(buffer, byteOffset + length - labels.length * 4, labels.length);
  return likeliest(Array.from(labels), Array.from(targets));
}

function words({ buffer, byteOffset }: Uint8Array, at: number, count: number): Uint32Array {
  return new Uint32Array(buffer, byteOffset + at, count);
}
