import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectRefusal, thrown } from "../../test/samples.ts";
import { formatGeneral } from "./streamNumbers.ts";
import { formatVector, type NamedVector, readWordVectors, writeWordVectors } from "./wordVectors.ts";

const encoder = new TextEncoder();

function written(vectors: readonly NamedVector[], dimension: number): Uint8Array {
  return Uint8Array.from(Buffer.concat([...writeWordVectors(vectors.length, dimension, vectors)]));
}

// biome-ignore format: a table of pairs, one a line, would be long
/** Bit patterns of floats, and what C's `%.5g` prints of each. */
const PRINTED: readonly [bits: number, text: string][] = [
  [0x0, "0"], [0x80000000, "-0"], [0x3f800000, "1"], [0xbf800000, "-1"], [0x3f000000, "0.5"], [0x3dcccccd, "0.1"],
  [0x3eaaaaab, "0.33333"], [0x3f2aaaab, "0.66667"], [0x411fff97, "9.9999"], [0x411fffcc, "10"],
  [0x411fffc1, "9.9999"], [0x47c34f80, "99999"], [0x47c34fc0, "1e+05"], [0x47c35000, "1e+05"], [0x47c35080, "1e+05"],
  [0x4640e400, "12345"], [0x4640e600, "12346"], [0x4640e200, "12344"], [0x47f12000, "1.2346e+05"],
  [0x38d1b717, "0.0001"], [0x38d1b1b9, "9.999e-05"], [0x38d1b68e, "9.9999e-05"], [0x38d1b70a, "0.0001"],
  [0x3a831219, "0.00099999"], [0x3727c5ac, "1e-05"], [0x377ba882, "1.5e-05"], [0x7f7fffff, "3.4028e+38"],
  [0x800000, "1.1755e-38"], [0x1, "1.4013e-45"], [0x80000001, "-1.4013e-45"], [0x116c2, "9.9999e-41"],
  [0x3d000000, "0.03125"], [0x3c800000, "0.015625"], [0x38000000, "3.0518e-05"], [0x40200000, "2.5"],
  [0x3f8001a3, "1"], [0x3f80019b, "1"], [0x477fe000, "65504"], [0x49800000, "1.0486e+06"],
  [0x4b800000, "1.6777e+07"], [0x3dfcd35b, "0.12345"], [0x3dfcd5fa, "0.12346"], [0x3dfcd0bb, "0.12344"],
  [0xbc000000, "-0.0078125"], [0x449a4e66, "1234.4"], [0x449a519a, "1234.6"], [0x41200000, "10"],
  [0x447a0000, "1000"], [0x501502f9, "1e+10"], [0xe56d2b52, "-7e+22"], [0x7f800000, "inf"], [0xff800000, "-inf"],
  [0x7fc00000, "nan"], [0x3f840000, "1.0312"], [0x3f8c0000, "1.0938"], [0x3f020000, "0.50781"],
  [0x41210000, "10.062"], [0x42c81000, "100.03"], [0x447a0400, "1000.1"], [0x447a0c00, "1000.2"],
  [0x46000100, "8192.2"], [0x46000300, "8192.8"], [0x40002000, "2.002"], [0x42040400, "33.004"],
  [0x4640ea00, "12346"], [0x49000010, "5.2429e+05"], [0x4996b428, "1.2346e+06"], [0x4996b478, "1.2346e+06"],
  [0x3c6da5d7, "0.014505"], [0x4da4f9fc, "3.4598e+08"], [0x1a6916c7, "4.8202e-23"], [0xb8a1abcd, "-7.7091e-05"],
  [0x656412a9, "6.7315e+22"], [0x7a97c643, "3.9403e+35"], [0x27ac435a, "4.7813e-15"], [0x1710cf53, "4.6791e-25"],
  [0x11072231, "1.066e-28"], [0x512bd13, "6.8996e-36"], [0x66ceab36, "4.8798e+23"], [0x8ca59966, "-2.5515e-31"],
  [0xeaff1a09, "-1.542e+26"], [0x4a14876a, "2.4335e+06"], [0xccea71ff, "-1.2292e+08"], [0xfd724452, "-2.0127e+37"],
  [0xc3e1b258, "-451.39"], [0xf1099c6, "7.1294e-30"], [0x38d048ec, "9.9318e-05"], [0x8534f457, "-8.5084e-36"],
  [0x8963dc6e, "-2.7428e-33"], [0x5c3902b3, "2.083e+17"], [0x46d4ac7a, "27222"], [0xc79d6793, "-80591"],
  [0x2c33be0a, "2.5543e-12"], [0xd3addccb, "-1.4935e+12"], [0x1b2ed40e, "1.4461e-22"], [0x43000de0, "128.05"],
  [0x36e2f24b, "6.7635e-06"], [0xf165c8ce, "-1.1378e+30"], [0xed6f0b09, "-4.6238e+27"], [0x6905269, "5.4288e-35"],
  [0xd4341aad, "-3.0942e+12"], [0xa4042bb3, "-2.866e-17"], [0xce80c4b0, "-1.0802e+09"], [0x42a00403, "80.008"],
  [0xccea2645, "-1.2276e+08"], [0x459142de, "4648.4"], [0x3184ff27, "3.8707e-09"], [0x2a318785, "1.5768e-13"],
  [0x4f5253a0, "3.5287e+09"], [0x4a25e466, "2.718e+06"], [0xa0817910, "-2.1934e-19"], [0xde08caa1, "-2.4642e+18"],
  [0xbb5d7385, "-0.0033791"], [0xf5ff0c03, "-6.4662e+32"], [0xdaca3c06, "-2.8462e+16"], [0xd93936e1, "-3.2583e+15"],
  [0xe14b0190, "-2.3405e+20"], [0x5f552773, "1.5359e+19"], [0x16332aca, "1.4473e-25"], [0xd8441b56, "-8.6249e+14"],
  [0x9b191bf4, "-1.2665e-22"], [0x56600224, "6.1575e+13"], [0xabf4a07c, "-1.7382e-12"], [0x634f806f, "3.8277e+21"],
  [0x81862fc9, "-4.9292e-38"], [0x3fb62d2c, "1.4233"], [0x2d83a823, "1.4968e-11"], [0x3f508249, "0.81449"],
  [0xbe03156f, "-0.12801"], [0x3cafa4fb, "0.021441"], [0x3f0d05c3, "0.55087"], [0xbe75d670, "-0.24008"],
  [0xbe780bed, "-0.24223"], [0xbd991797, "-0.074752"], [0x3ea846e6, "0.32867"], [0xbe58f32a, "-0.21187"],
  [0x3edc4e5c, "0.43029"], [0xbec8ed11, "-0.39243"], [0xbe9e9161, "-0.3097"], [0xbc85964f, "-0.016307"],
  [0xbe849ff8, "-0.25903"], [0xbe3df5aa, "-0.18551"], [0x3e0a9b33, "0.13536"], [0x3e5e77ab, "0.21725"],
  [0x3d0c02a5, "0.034182"], [0xbda8bb04, "-0.082388"], [0x3ece7644, "0.40325"], [0x3df76352, "0.12079"],
  [0xbd906d42, "-0.070521"], [0x3eba84aa, "0.36429"], [0xbe8a74fa, "-0.27042"], [0x3d4a5d78, "0.049406"],
  [0x3e4aa427, "0.19789"], [0xbb5dc1f4, "-0.0033838"], [0xbe307cfc, "-0.17235"], [0x3dd76807, "0.10518"],
  [0xbe261522, "-0.16219"], [0xbe36e723, "-0.17862"], [0xbe9d1df0, "-0.30687"], [0x3ec862a7, "0.39138"],
  [0xbe28c1a8, "-0.1648"], [0x3eb15fc0, "0.34643"], [0x3de9c7fc, "0.11415"], [0xbda05a40, "-0.078297"],
  [0x3e4d17c2, "0.20029"], [0x3da7395a, "0.081652"], [0x3d21985c, "0.039452"], [0xbed36317, "-0.41287"],
  [0x3cae0dc4, "0.021247"], [0x3e894f1c, "0.26818"], [0x3e15bc20, "0.14623"], [0x3e98eb82, "0.29867"],
  [0x3ee4eb5c, "0.44711"], [0x3dfc6d2a, "0.12326"], [0x3f17aab0, "0.59245"], [0xbee8785a, "-0.45404"],
  [0xbd93d1d0, "-0.072178"], [0xbf41e24e, "-0.75736"], [0x3e7c11e9, "0.24616"], [0x3ce773b2, "0.028253"],
  [0x3f01aed9, "0.50657"], [0xbde10512, "-0.10987"], [0xbf1b9fbc, "-0.60791"], [0x3ec45a4b, "0.3835"],
  [0xbece0aa8, "-0.40243"], [0xbec2bbbd, "-0.38034"], [0xbd57c8a0, "-0.052682"], [0x3e40da49, "0.18833"],
];

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

test("numbers are printed as C prints them with %.5g", () => {
  for (const [bits, text] of PRINTED) {
    words[0] = bits;
    expect(formatGeneral(floats[0], 5), `bits 0x${bits.toString(16)}`).toBe(text);
  }
});

test("other numbers of digits are C's too", () => {
  const cases: [value: number, digits: number, text: string][] = [
    [1 / 3, 6, "0.333333"],
    [123456789, 6, "1.23457e+08"],
    [999999.5, 6, "1e+06"],
    [0.00012345678, 3, "0.000123"],
    [0.000012345678, 3, "1.23e-05"],
    [0.5, 1, "0.5"],
    [25, 1, "2e+01"],
  ];
  for (const [value, digits, text] of cases) expect(formatGeneral(value, digits)).toBe(text);
});

test("a printed number is within half a unit of its fifth digit", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const near = Number(formatGeneral(value, 5));
      expect(Math.abs(near - value)).toBeLessThanOrEqual(0.5000001e-4 * Math.max(Math.abs(value), 1e-44));
    }),
    { numRuns: 2000 },
  );
});

test("a line is a word and its numbers, with a space at its end as fastText has it", () => {
  expect(formatVector({ word: "a b", vector: Float32Array.of(1, -0.5, 1e-7) })).toBe("a b 1 -0.5 1e-07 ");
});

describe("a file that is written and read", () => {
  const word = fc
    .string({ unit: "binary", minLength: 1, maxLength: 8 })
    .filter((text) => !/[\n\r]|^ | $|^$/.test(text));

  test("a word may begin with U+FEFF, and so may the file, as some programs have it", () => {
    const bytes = written([{ word: "\ufeffa", vector: Float32Array.of(1) }], 1);
    expect(readWordVectors(bytes).words).toEqual(["\ufeffa"]);
    expect(readWordVectors(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes)).words).toEqual(["\ufeffa"]);
  });

  test("has the same words, and its numbers to five digits", () => {
    const file = fc.integer({ min: 1, max: 6 }).chain((dimension) =>
      fc.record({
        dimension: fc.constant(dimension),
        vectors: fc.array(
          fc.record({
            // Lone surrogates have no bytes of their own.
            word: word.filter((text) => !/\p{Surrogate}/u.test(text)),
            vector: fc.float32Array({
              minLength: dimension,
              maxLength: dimension,
              noNaN: true,
              noDefaultInfinity: true,
            }),
          }),
          { maxLength: 30 },
        ),
      }),
    );
    fc.assert(
      fc.property(file, ({ dimension, vectors }) => {
        const read = readWordVectors(written(vectors, dimension));
        expect([read.dimension, read.words]).toEqual([dimension, vectors.map((vector) => vector.word)]);
        for (const [row, { vector }] of vectors.entries()) {
          for (const [column, value] of vector.entries()) {
            expect(read.values[row * dimension + column]).toBe(Math.fround(Number(formatGeneral(value, 5))));
          }
        }
        // What was read is written as the same bytes: five digits are kept by five digits.
        const again = read.words.map((name, row) => ({
          word: name,
          vector: read.values.subarray(row * dimension, (row + 1) * dimension),
        }));
        expect(written(again, dimension)).toEqual(written(vectors, dimension));
      }),
      { numRuns: 300 },
    );
  });

  test("comes in pieces of whole lines, whatever their number", () => {
    for (const count of [0, 1, 1023, 1024, 1025, 3000]) {
      const vectors = Array.from({ length: count }, (_, i) => ({ word: `w${i}`, vector: Float32Array.of(i, -i) }));
      const pieces = [...writeWordVectors(count, 2, vectors)];
      for (const piece of pieces) if (piece.length > 0) expect(piece.at(-1)).toBe(10);
      expect(readWordVectors(Uint8Array.from(Buffer.concat(pieces))).words.length).toBe(count);
    }
  });
});

test("files of other programs are read: without a space or a newline at the end, with Windows' line ends, with exponents", () => {
  for (const text of ["2 2\na 1 2e-3\nb -.5 +4\n", "2 2\r\na 1 2e-3 \r\nb -.5 +4 \r\n", "2 2 \na 1 0.002\nb -0.5 4"]) {
    const { words: names, values } = readWordVectors(encoder.encode(text));
    expect(names).toEqual(["a", "b"]);
    expect(values).toEqual(Float32Array.of(1, 0.002, -0.5, 4));
  }
});

test("a word may have spaces in it, or be a number", () => {
  expect(readWordVectors(encoder.encode("3 2\nnew york 1 2\n42 3 4\n</s> 5 6\n")).words).toEqual([
    "new york",
    "42",
    "</s>",
  ]);
});

describe("a bad file is refused with the line:", () => {
  const cases: [what: string, text: string, message: RegExp][] = [
    ["empty", "", /^line 1: got "", expected two whole numbers$/],
    ["no first line", "a 1 2\nb 3 4\n", /^line 1: got "a 1 2"/],
    ["a third number there", "2 2 2\na 1 2\n", /^line 1:/],
    ["negative numbers there", "-2 2\na 1 2\n", /^line 1:/],
    ["no columns", "2 0\na\nb\n", /^line 1: 2 words of 0 columns/],
    [
      "more words than the file can hold",
      "4000000000 300\na 1 2\n",
      /^line 1: 4000000000 words of 300 columns in 21 bytes$/,
    ],
    ["more columns than the file can hold", "1 99999999999999999999\na 1\n", /^line 1:/],
    ["fewer words than promised", "3 2\na 1 2\nb 3 4444\n", /^line 4: the file ends after 2 of 3 words$/],
    ["a number too few", "2 2\na 1 2\nb 3\n", /^line 3:.*expected 2/],
    ["a line without numbers", "2 2\na 1 2\n\n", /^line 3:/],
    ["numbers without a word", "2 2\n1 2\nb 3 4\n", /^line 2:/],
    ["a word for a number", "2 2\na 1 2\nb 3 four\n", /^line 3: "four" is no number$/],
    ["nan", "2 2\na 1 nan\nb 3 4\n", /^line 2: "nan" is no number$/],
    ["NaN", "2 2\na 1 NaN\nb 3 4\n", /^line 2: "NaN" is no number$/],
    ["inf", "2 2\na 1 2\nb inf 4\n", /^line 3: "inf" is no number$/],
    ["Infinity", "2 2\na 1 2\nb 3 -Infinity\n", /^line 3: "-Infinity" is no number$/],
    ["a number that no float holds", "2 2\na 1 1e39\nb 3 4\n", /^line 2: "1e39" is no number$/],
    ["two spaces between numbers", "2 2\na 1  2\nb 3 4\n", /^line 2:/],
    ["a tab between numbers", "2 2\na\t1\t2\nb 3 4\n", /^line 2:/],
  ];
  test.each(cases)("%s", (_, text, message) => {
    expectRefusal(
      thrown(() => readWordVectors(encoder.encode(text))),
      "data",
      message,
    );
  });
});
