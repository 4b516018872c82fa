import { describe, expect, test } from "vitest";
import { expectRefusal, samples, thrown } from "../../test/samples.ts";
import { TextClassifier } from "../index.ts";
import { readCalibration, readDecision } from "./calibrationEntry.ts";
import { readSafetensors } from "./safetensors.ts";

const refuse = (reason: string): never => {
  throw new Error(reason);
};

describe("what a file says of calibration", () => {
  const calibration = { temperature: 0.5, platt: { slopes: [1, 2], offsets: [-1, 0.25] } };
  const decision = { wanted: { recall: 0.9 }, thresholds: [0.1, 2] };

  test("is read as it was written", () => {
    expect(readCalibration(calibration, 2, refuse)).toEqual(calibration);
    expect(readCalibration({ temperature: 1 }, 2, refuse)).toEqual({ temperature: 1, platt: null });
    expect(readDecision(decision, 2, refuse)).toEqual(decision);
  });

  test.each([
    [null, /not an object/],
    [[], /not an object/],
    [{}, /"temperature"/],
    [{ temperature: 0 }, /"temperature"/],
    [{ temperature: "1" }, /"temperature"/],
    [{ temperature: 1e9 }, /"temperature"/],
    [{ temperature: 1, platt: 7 }, /"platt"/],
    [{ temperature: 1, platt: { slopes: [1], offsets: [0, 0] } }, /"slopes".* 2 numbers/],
    [{ temperature: 1, platt: { slopes: [1, -1], offsets: [0, 0] } }, /"slopes"/],
    [{ temperature: 1, platt: { slopes: [1, 1], offsets: [0, null] } }, /"offsets"/],
  ])("is refused as %j", (value, message) => {
    expect(() => readCalibration(value, 2, refuse)).toThrow(message);
  });

  test.each([
    [7, /not an object/],
    [{ thresholds: [0.5] }, /"thresholds".* 2 numbers/],
    [{ thresholds: [0.5, 3] }, /"thresholds"/],
    [{ thresholds: [0.5, 0.5] }, /"wanted"/],
    [{ thresholds: [0.5, 0.5], wanted: { f1: 1 } }, /neither precision nor recall nor share/],
    [{ thresholds: [0.5, 0.5], wanted: { share: 2 } }, /neither/],
  ])("with thresholds is refused as %j", (value, message) => {
    expect(() => readDecision(value, 2, refuse)).toThrow(message);
  });

  test("raises the version, since an older reader would tell other probabilities", async () => {
    const plain = await TextClassifier.train(samples(60, 1), { epochs: 1, valid: 0 });
    const calibrated = await plain.calibrate(samples(90, 2), { wanted: { precision: 0.9 } });
    expect(readSafetensors(plain.toBytes()).metadata).toMatchObject({ format_version: "1" });
    const { metadata } = readSafetensors(calibrated.toBytes());
    expect(metadata).toMatchObject({ format_version: "2", calibration: JSON.stringify(calibrated.calibration) });
    expect(TextClassifier.fromBytes(calibrated.toBytes()).toBytes()).toEqual(calibrated.toBytes());
  });

  test("a damaged entry is refused with the byte offset and what is wrong", async () => {
    const model = await TextClassifier.train(samples(600, 1), { epochs: 1 });
    const bytes = model.toBytes();
    const text = new TextDecoder("latin1").decode(bytes.subarray(0, 8000));
    expect(model.calibration).toBeDefined();
    const at = text.indexOf('temperature\\":') + 'temperature\\":'.length;
    bytes.fill("9".charCodeAt(0), at, at + 9);
    expectRefusal(
      thrown(() => TextClassifier.fromBytes(bytes)),
      "model",
      /byte 8: .*"(temperature|calibration)"/,
    );
  });

  test("has no place in fastText's files, and is kept when a model is compressed", async () => {
    const lines = new TextEncoder().encode(
      samples(200, 1)
        .map(({ text, label }) => `__label__${label} ${text}\n`)
        .join(""),
    );
    const block = { lines, file: "train.txt", firstLine: 1 };
    const fastText = await TextClassifier.train([block], { tokenizer: "fasttext", epochs: 1 });
    expect(fastText.calibration).toBeUndefined();
    expect(() => fastText.toFastText("bin")).not.toThrow();
    const calibrated = await fastText.calibrate(samples(60, 3));
    expectRefusal(
      thrown(() => calibrated.toFastText("bin")),
      "model",
      /calibrated probabilities/,
    );
    const compressed = calibrated.compress();
    expect(compressed.calibration).toEqual(calibrated.calibration);
  });
});
