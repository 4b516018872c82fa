import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Field, Float64, List, Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { TextClassifier } from "bax";
import { afterAll, expect, test } from "vitest";
import { bax, expectFailure, MAIN, sampleRows, temporaryFolder } from "../../test/command.ts";
import { batchMessage, END, schemaMessage } from "../arrow/messages.ts";
import { numbered, readParcels, type SentParcel, writeParcels } from "../cluster/parcels.ts";

const { at, dispose } = temporaryFolder();
afterAll(dispose);

/** Runs a step; gives the bytes that it wrote. */
function step(args: readonly string[], input: Uint8Array = new Uint8Array(0)): Buffer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "cluster", ...args], {
    input,
    maxBuffer: 1 << 28,
  });
  expect(status, String(stderr)).toBe(0);
  return stdout;
}

/** Rows as a host sends them: text, labels and weight. */
function rowsOf(rows: readonly { text: string; label: string }[]): Uint8Array {
  const labels = new List(new Field("item", new Utf8(), true));
  return tableToIPC(
    new Table({
      text: vectorFromArray(
        rows.map(({ text }) => text),
        new Utf8(),
      ),
      labels: vectorFromArray(
        rows.map(({ label }) => [label]),
        labels,
      ),
      weight: vectorFromArray(
        rows.map(() => 1),
        new Float64(),
      ),
    }),
    "stream",
  );
}

async function parcelsIn(...streams: Buffer[]): Promise<SentParcel[]> {
  const found: SentParcel[] = [];
  async function* pieces(stream: Buffer) {
    yield stream;
  }
  for (const stream of streams)
    for await (const { block, part, seq, bytes } of readParcels(pieces(stream)))
      found.push({ block, part, seq, bytes: bytes.slice() });
  return found.sort((a, b) => a.block - b.block || a.part - b.part || a.seq - b.seq);
}

async function streamOf(parcels: readonly SentParcel[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  async function* all() {
    yield* parcels;
  }
  await writeParcels(all(), async (bytes) => {
    pieces.push(bytes);
  });
  return Buffer.concat(pieces);
}

test("step by step, by streams of Arrow alone, two partitions make a model", async () => {
  const rows = sampleRows(400);
  const parts = [rows.filter((_, i) => i % 2 === 0), rows.filter((_, i) => i % 2 === 1)];
  const counts = new Map<string, number>();
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  writeFileSync(at("labels.jsonl"), [...counts].map((count) => `${JSON.stringify(count)}\n`).join(""));
  const shape = ["--partitions", "2", "--rounds", "1", "--rows", String(rows.length)];
  step(["plan", at("labels.jsonl"), "-o", at("plan.json"), ...shape, "--epochs", "2"]);
  const counted = await parcelsIn(
    ...parts.map((part, i) => step(["tally", at("plan.json"), "--part", String(i)], rowsOf(part))),
  );
  const facts = counted.filter(({ block }) => block === -1);
  expect(facts).toHaveLength(2);
  writeFileSync(at("facts.jsonl"), facts.map(({ bytes }) => `${Buffer.from(bytes)}\n`).join(""));
  const features = await streamOf(counted.filter(({ block }) => block !== -1));
  const selected = step(["select", at("plan.json"), at("facts.jsonl")], features);
  const start = ["start", at("plan.json"), at("facts.jsonl"), "-o", at("state-0")];
  expect(JSON.parse(String(step(start, selected))).rounds).toBe(2);
  for (const round of [0, 1]) {
    const state = at(`state-${round}`);
    const changed = parts.map((part, i) => step(["learn", state, "--part", String(i)], rowsOf(part)));
    const joined = step(["join"], await streamOf(await parcelsIn(...changed)));
    const told = JSON.parse(String(step(["advance", state, "-o", at(`state-${round + 1}`)], joined)));
    expect(told).toMatchObject({ round: round + 1, examples: rows.length });
  }
  const kept = sampleRows(480).slice(400);
  writeFileSync(
    at("kept.jsonl"),
    kept.map(({ text, label }) => `${JSON.stringify({ text, labels: [label] })}\n`).join(""),
  );
  const report = JSON.parse(String(step(["finish", at("state-2"), at("kept.jsonl"), "-o", at("model.safetensors")])));
  expect(report.valid.accuracy).toBeGreaterThan(0.8);
  const model = TextClassifier.fromBytes(readFileSync(at("model.safetensors")));
  expect(model.evaluate(kept).accuracy).toBe(report.valid.accuracy);
});

test("parcels come through a stream as they are, many and none", async () => {
  // One is more than is sent together.
  const sizes = [...Array.from({ length: 300 }, (_, i) => i * 4), 9 << 20, 4];
  const parcels = sizes.map((size, i) => ({ block: i % 7, bytes: new Uint8Array(size).fill(i) }));
  const sent: SentParcel[] = [];
  for await (const parcel of numbered(parcels, 3)) sent.push(parcel);
  const bytes = await streamOf(sent);
  expect(tableFromIPC(bytes).numRows).toBe(sizes.length);
  const back = await parcelsIn(bytes);
  back.sort((a, b) => a.seq - b.seq);
  expect(back.map(({ block, part, seq }) => [block, part, seq])).toEqual(sizes.map((_, i) => [i % 7, 3, i]));
  expect(back.every(({ bytes: own }, i) => Buffer.compare(own, sent[i].bytes) === 0)).toBe(true);
  expect(await parcelsIn(await streamOf([]))).toEqual([]);
});

test("what a step cannot use is told", () => {
  writeFileSync(at("two.jsonl"), '["a", 5]\n["b", 5]\n');
  writeFileSync(at("one.jsonl"), '["a", 5]\n');
  const shape = ["-o", at("p.json"), "--partitions", "2", "--rounds", "1", "--rows", "10"];
  writeFileSync(at("no.jsonl"), '["a", 5]\nb, 5\n');
  const plan = (labels: string, ...flags: string[]) => bax(["cluster", "plan", at(labels), ...shape, ...flags]);
  expectFailure(plan("one.jsonl"), 1, /1 of 1 labels have 1 rows or more/);
  expectFailure(plan("two.jsonl", "--epochs", "0"), 2, /--epochs/);
  expectFailure(plan("nowhere.jsonl"), 1, /nowhere\.jsonl: no such file/);
  expectFailure(plan("no.jsonl"), 1, /no\.jsonl:2: /);
  expectFailure(bax(["cluster", "learn", at("two.jsonl"), "--part", "0"]), 1, /two\.jsonl/);
  expectFailure(bax(["cluster", "tally", at("no.jsonl"), "--part", "0"]), 1, /no\.jsonl: /);
  expectFailure(bax(["cluster", "join"]), 1, /standard input/);
  const wrong = spawnSync(process.execPath, [MAIN, "cluster", "join"], {
    input: Buffer.concat([schemaMessage([new Field("other", new Utf8())]), batchMessage(0, []), END]),
  });
  expect(wrong.status).toBe(1);
  expect(String(wrong.stderr)).toContain("Send an Arrow stream with the columns block, part, seq, bytes");
});
