import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal, samples, sha256, thrown } from "../../test/samples.ts";
import { TextClassifier } from "../index.ts";
import type { LossName } from "../losses/index.ts";
import { readSafetensors } from "./safetensors.ts";

const TEXT = samples(1, 9)[0].text;
let model: TextClassifier;

beforeAll(async () => {
  model = await train("softmax");
});

function train(loss: LossName): Promise<TextClassifier> {
  return TextClassifier.train(samples(60, 1), { epochs: 2, dim: 8, charNgrams: [0, 0], valid: 0, loss });
}

function metadataOf(file: Uint8Array): Readonly<Record<string, string>> {
  return readSafetensors(file).metadata;
}

/** The softmax model's file as one of version 2, with this head or none. */
function withHead(head: unknown): Uint8Array {
  const bytes = model.toBytes();
  const dataStart = 8 + new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, dataStart)));
  header.__metadata__.format_version = "2";
  if (head !== undefined) header.__metadata__.head = JSON.stringify(head);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + json.length) / 64) * 64;
  const file = new Uint8Array(start + bytes.length - dataStart).fill(32);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  file.set(bytes.subarray(dataStart), start);
  return file;
}

describe("the loss of a model", () => {
  test.each(["ova", "hs", "ns"] as const)("%s is written and read, and raises the version", async (loss) => {
    const trained = await train(loss);
    const file = trained.toBytes();
    expect(metadataOf(file)["format_version"]).toBe("2");
    const read = TextClassifier.fromBytes(file);
    const texts = [...samples(30, 9).map(({ text }) => text), "", "unseen"];
    expect(read.predictAll(texts, { k: 3 })).toEqual(trained.predictAll(texts, { k: 3 }));
    expect(read.explain(texts[0])).toEqual(trained.explain(texts[0]));
    expect(sha256(read.toBytes())).toBe(sha256(file));
  });

  test("softmax is written as version 1, which older readers know, without a head", async () => {
    expect(metadataOf((await train("softmax")).toBytes())).toMatchObject({ format_version: "1" });
    expect(metadataOf(model.toBytes())).not.toHaveProperty("head");
  });

  test("decides the answers: the same numbers under another loss answer otherwise", () => {
    const head = (loss: string, arithmetic = "exact", labelCounts: number[] = []) =>
      withHead({ loss, labelCounts, arithmetic });
    const answers = [
      head("softmax"),
      head("softmax", "fasttext"),
      head("ova"),
      head("ova", "fasttext"),
      head("hs", "exact", [3, 2, 1]),
    ].map((file) => TextClassifier.fromBytes(file).predict(TEXT, { k: 3 }));
    expect(answers[0]).toEqual(model.predict(TEXT, { k: 3 }));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(answers.length);
  });

  test.each([
    ["no head", undefined, /"head"/],
    ["an unknown loss", { loss: "hinge", labelCounts: [], arithmetic: "exact" }, /"loss" is "hinge"/],
    ["an unknown arithmetic", { loss: "ova", labelCounts: [], arithmetic: "fast" }, /"arithmetic" is "fast"/],
    ["counts of too few labels", { loss: "hs", labelCounts: [2, 1], arithmetic: "exact" }, /"labelCounts"/],
    ["counts that rise", { loss: "hs", labelCounts: [1, 2, 1], arithmetic: "exact" }, /descending/],
    ["a count that is none", { loss: "hs", labelCounts: [3, 2, -1], arithmetic: "exact" }, /labelCounts/],
    ["no counts at all", { loss: "hs", arithmetic: "exact" }, /"labelCounts"/],
    ["a list", [], /"head" must be an object/],
  ])("with %s is refused", (_, head, reason) => {
    const file = withHead(head);
    expectRefusal(
      thrown(() => TextClassifier.fromBytes(file)),
      "model",
      reason,
    );
  });
});
