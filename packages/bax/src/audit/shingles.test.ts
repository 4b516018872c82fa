import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Heap } from "../kernels/index.ts";
import { NormalForm } from "./normalForm.ts";
import { BANDS, jaccard, Sketcher } from "./shingles.ts";

const form = new NormalForm(new Heap(false));
const encoder = new TextEncoder();

function normal(text: string): string {
  form.read(encoder.encode(text));
  return String.fromCodePoint(...form.codes.subarray(0, form.length));
}

function shingles(text: string): Uint32Array {
  form.read(encoder.encode(text));
  return new Sketcher().set(form);
}

/** Whether two texts would be compared. */
function meet(a: string, b: string): boolean {
  const keys = new Uint32Array(2 * BANDS);
  const sketcher = new Sketcher();
  for (const [n, text] of [a, b].entries()) {
    form.read(encoder.encode(text));
    if (!sketcher.sketch(form, keys, n, 2)) return false;
  }
  return Array.from({ length: BANDS }, (_, band) => keys[2 * band] === keys[2 * band + 1]).includes(true);
}

describe("the normal form", () => {
  test("folds case, spaces, punctuation and compatible characters", () => {
    for (const same of ["Yes, it is!", "  yes it is", "YES - IT\tIS...", "ｙｅｓ it is", "“Yes”: it; is"])
      expect(normal(same)).toBe(" yes it is ");
    expect(normal("Café")).toBe(normal("CAFE\u0301"));
  });

  test("keeps what changes the meaning: emoji, currencies, C and C++, 5 and 5 %", () => {
    const texts = ["good 😀", "good 😡", "C", "C++", "5", "5 %", "5 €", "#5"];
    expect(new Set(texts.map(normal)).size).toBe(texts.length);
  });

  test("leaves a text of punctuation alone as it is, and finds nothing in white space", () => {
    expect(normal(":)")).not.toBe(normal(":("));
    expect(normal(" \t\u00a0\n")).toBe("");
  });

  test("is its own normal form, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const once = normal(text);
        expect(normal(once)).toBe(once);
      }),
      { numRuns: 200 },
    );
  });
});

describe("similarity", () => {
  test("is that of the sets of runs of five", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (a, b) => {
        const sets = [a, b].map((text) => {
          const codes = normal(text);
          return new Set(Array.from({ length: Math.max(0, codes.length - 4) }, (_, n) => codes.slice(n, n + 5)));
        });
        const common = [...sets[0]].filter((shingle) => sets[1].has(shingle)).length;
        const union = sets[0].size + sets[1].size - common;
        expect(jaccard(shingles(a), shingles(b))).toBeCloseTo(union === 0 ? 1 : common / union, 12);
      }),
    );
  });

  test("texts from 0.8 on meet in a band 99 times of 100, texts below 0.2 hardly ever", () => {
    let [near, met, far, metFar] = [0, 0, 0, 0];
    for (let n = 0; n < 600; n++) {
      const words = Array.from({ length: 30 }, (_, i) => `w${(n * 131 + i * 17) % 997}x${(n + i) % 89}`);
      const other = words.map((word, i) => (i === n % 30 || (n % 2 === 0 && i === (n + 7) % 30) ? `z${n}` : word));
      const [a, b] = [words.join(" "), other.join(" ")];
      const alike = jaccard(shingles(a), shingles(b));
      if (alike >= 0.8) {
        near++;
        if (meet(a, b)) met++;
      }
      const stranger = Array.from({ length: 30 }, (_, i) => `q${(n * 37 + i * 29) % 1009}y${(n * i) % 97}`).join(" ");
      if (jaccard(shingles(a), shingles(stranger)) < 0.2) {
        far++;
        if (meet(a, stranger)) metFar++;
      }
    }
    expect(near).toBeGreaterThan(300);
    expect(met / near).toBeGreaterThan(0.99);
    expect(far).toBe(600);
    expect(metFar / far).toBeLessThan(0.01);
  });

  test("texts of less than 20 runs are never compared by parts", () => {
    expect(meet("cancel my card", "cancel my card")).toBe(false);
    expect(meet("please cancel my new card", "please cancel my new card")).toBe(true);
  });
});
