import { describe, expect, it } from "vitest";
import { LineBuffer } from "./lineBuffer.ts";
import { probability } from "./numbers.ts";

function written(p: number): string {
  const buffer = new LineBuffer(0);
  buffer.probability(p);
  return Buffer.from(buffer.take()).toString();
}

describe("a probability as bytes", () => {
  it("is what the string says, at the ends and at halves", () => {
    const halves = Array.from({ length: 2000 }, (_, i) => Math.fround((i * 500 + 0.5) / 1e6));
    const values = [
      ...[0, 1, 0.5, 5e-7, 4.9999999e-7, 1e-6, 2 ** -149, 2 ** -126, 0.999999, 0.9999995, 1.00001, 1.5, 9.9999999, 10],
      ...[99.9999999, 123.456, 999.9999, 999.9999999, 1000, 1e7, 3e38],
      ...[-1e-9, -0.5, -745.133, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      // Powers of two are exact halves of a millionth more often than any.
      ...Array.from({ length: 40 }, (_, i) => 2 ** -i),
      ...Array.from({ length: 128 }, (_, i) => (2 * i + 1) / 2 ** 7),
      ...halves,
    ];
    for (const value of values)
      expect(written(Math.fround(value)), String(value)).toBe(probability(Math.fround(value)));
  });

  it("is what the string says for 200,000 floats of all sizes", () => {
    const bits = new Uint32Array(1);
    const floats = new Float32Array(bits.buffer);
    let wrong = 0;
    for (let i = 0; i < 200_000; i++) {
      // From 0 to a little above 1, every exponent.
      bits[0] = (Math.imul(i, 2654435761) >>> 0) % 0x3f90_0000;
      if (written(floats[0]) !== probability(floats[0])) wrong++;
    }
    for (let i = 0; i <= 100_000; i++) {
      floats[0] = i / 100_000;
      if (written(floats[0]) !== probability(floats[0])) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

describe("a buffer", () => {
  it("grows over whatever is written", () => {
    const buffer = new LineBuffer(0);
    const long = Buffer.from("ü".repeat(1000));
    let wanted = "";
    for (let i = 0; i < 50; i++) {
      buffer.bytes(long, 0, (i * 8) % 60);
      buffer.bytes(long, 0, long.length);
      buffer.byte(10);
      buffer.text(`größe ${i}`);
      buffer.probability(i / 50);
      wanted += `${"ü".repeat(((i * 8) % 60) / 2)}${"ü".repeat(1000)}\ngröße ${i}${probability(i / 50)}`;
    }
    expect(Buffer.from(buffer.take()).toString()).toBe(wanted);
  });
});
