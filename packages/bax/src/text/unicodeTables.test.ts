import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeBase64 } from "../kernels/index.ts";
import { packLists } from "./packing.ts";
import { UNICODE_DATA, UNICODE_VERSION } from "./unicodeData.ts";
import { deriveProperties } from "./unicodeProperties.ts";
import { unicodeTables, unpackLists } from "./unicodeTables.ts";

const bytes = decodeBase64(UNICODE_DATA);
const lists = unpackLists(bytes);

test("packing what was unpacked gives the same bytes", () => {
  expect(packLists(lists)).toEqual(new Uint8Array(bytes));
});

test("the lists are those of Unicode 17.0", () => {
  expect([lists.lowers.length, lists.decompositions.length, lists.combining.length]).toEqual([1487, 5915, 964]);
  const { properties, compositions } = deriveProperties(lists);
  expect(compositions).toHaveLength(949);
  // Of all properties as they were first derived from a runtime of this version, code point by code point.
  const digest = createHash("sha256").update(properties).digest("hex");
  expect(digest).toBe("9288b24912d81d5b84ace51fb9f6a421575af4dc0b857098bfa1e7e64c96afa7");
});

test("decompositions are NFKD where the runtime knows the code point", () => {
  const apart = lists.decompositions.filter(({ codePoint, parts }) => {
    const character = String.fromCodePoint(codePoint);
    return /\P{Cn}/u.test(character) && character.normalize("NFKD") !== String.fromCodePoint(...parts);
  });
  // The one exception: a typographic apostrophe counts as the plain one.
  expect(apart.map(({ codePoint }) => codePoint)).toEqual([0x2019]);
});

test("pairs join as in NFC where the runtime knows what they give", () => {
  const { compositions } = deriveProperties(lists);
  const apart = compositions.filter(([first, second, joined]) => {
    const known = /\P{Cn}/u.test(String.fromCodePoint(joined));
    return known && String.fromCodePoint(first, second).normalize("NFC") !== String.fromCodePoint(joined);
  });
  expect(apart).toEqual([]);
});

test("the tables that are built into the packages are those that are made", () => {
  for (const name of ["bax", "cli"]) {
    const path = new URL(`../../../${name}/dist/unicode-${UNICODE_VERSION}.bin`, import.meta.url);
    expect(Buffer.compare(readFileSync(path), unicodeTables()), name).toBe(0);
  }
});
