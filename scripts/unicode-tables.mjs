// Writes packages/bax/src/text/unicodeData.ts: what the tokeniser must know of Unicode, from one fixed version.
// Run by hand when that version is raised (it changes features, so it needs a new model format version):
//   node scripts/unicode-tables.mjs
import { writeFileSync } from "node:fs";
import { loadPacking } from "./packing.mjs";

const UNICODE = "17.0";
if (process.versions.unicode !== UNICODE) {
  console.error(
    `This script needs a Node whose Unicode version is ${UNICODE}; this one has ${process.versions.unicode}.`,
  );
  process.exit(1);
}

// Must match src/kernels/layout.ts.
const CLASS = {
  space: 0,
  letter: 1,
  digit: 2,
  mark: 3,
  symbol: 4,
  unspaced: 5,
  emoji: 6,
  modifier: 7,
  regional: 8,
  ignorable: 9,
  joiner: 10,
};
const LAST = 0x10ffff;
const RIGHT_SINGLE_QUOTE = 0x2019;

// Scripts written without spaces between words: each base character is a token of its own and n-grams do the rest.
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tai_Tham}\p{Script=New_Tai_Lue}\p{Script=Tai_Viet}\p{Script=Javanese}\p{Script=Balinese}\p{Script=Yi}]$/u;

function classOf(cp) {
  const s = String.fromCodePoint(cp);
  if (cp === 0x200d) return CLASS.joiner;
  if (cp === 0xfe0f || (cp >= 0x1f3fb && cp <= 0x1f3ff) || cp === 0x20e3) return CLASS.modifier;
  if (cp >= 0x1f1e6 && cp <= 0x1f1ff) return CLASS.regional;
  if (/\p{Default_Ignorable_Code_Point}/u.test(s)) return CLASS.ignorable;
  if (/[\p{White_Space}\p{Cc}\p{Zl}\p{Zp}]/u.test(s)) return CLASS.space;
  if (/\p{M}/u.test(s)) return CLASS.mark;
  if (/\p{N}/u.test(s)) return CLASS.digit;
  if (/[\p{L}\p{Pc}]/u.test(s)) return UNSPACED.test(s) ? CLASS.unspaced : CLASS.letter;
  if (/\p{Extended_Pictographic}/u.test(s) && cp > 0xff) return CLASS.emoji;
  return CLASS.symbol;
}

const codePoints = (s) => Array.from(s, (c) => c.codePointAt(0));
const isSurrogate = (cp) => cp >= 0xd800 && cp <= 0xdfff;
const isHangulSyllable = (cp) => cp >= 0xac00 && cp <= 0xd7a3;

// Lower case of one code point, without context; NFKD before it, so a mapping to several (U+0130) is not needed.
function lowerOf(cp) {
  const lower = codePoints(String.fromCodePoint(cp).toLowerCase());
  return lower.length === 1 ? lower[0] : cp;
}
const decomposition = (cp) =>
  cp === RIGHT_SINGLE_QUOTE ? [0x27] : codePoints(String.fromCodePoint(cp).normalize("NFKD"));

// Canonical combining classes are not in the runtime; they are derived from how marks are reordered in NFD:
// two marks swap exactly if the first has the greater class. Classes are thus known up to their order, which is all that is needed.
const marks = [];
for (let cp = 0; cp <= LAST; cp++) {
  if (isSurrogate(cp)) continue;
  const s = String.fromCodePoint(cp);
  if (!/\p{M}/u.test(s) || s.normalize("NFD") !== s) continue;
  // U+0334 (class 1) is the lowest and U+0345 (class 240) the highest class: a non-starter swaps with one of them or equals it.
  const low = `a${s}\u0334`.normalize("NFD");
  const high = `a\u0345${s}`.normalize("NFD");
  const swapsLow = low !== `a${s}\u0334`;
  const swapsHigh = high !== `a\u0345${s}`;
  if (swapsLow || swapsHigh || cp === 0x0334 || cp === 0x0345) marks.push(cp);
}
const greater = (a, b) => {
  const pair = String.fromCodePoint(a, b);
  return `x${pair}`.normalize("NFD") !== `x${pair}`;
};
const representatives = [];
for (const cp of marks) if (!representatives.some((r) => !greater(r, cp) && !greater(cp, r))) representatives.push(cp);
representatives.sort((a, b) => (greater(a, b) ? 1 : -1));
const combiningClass = new Map(
  marks.map((cp) => [cp, 1 + representatives.findIndex((r) => !greater(r, cp) && !greater(cp, r))]),
);

// Primary composites: pairs whose NFC is one code point. Hangul is arithmetic and left to the kernel.
const compositions = [];
for (let cp = 0; cp <= LAST; cp++) {
  if (isSurrogate(cp) || isHangulSyllable(cp)) continue;
  const s = String.fromCodePoint(cp);
  const full = codePoints(s.normalize("NFD"));
  if (full.length < 2 || s.normalize("NFC") !== s) continue;
  const second = full[full.length - 1];
  const first = codePoints(String.fromCodePoint(...full.slice(0, -1)).normalize("NFC"));
  if (first.length !== 1) throw new Error(`U+${cp.toString(16)} is no pair`);
  compositions.push([first[0], second, cp]);
}
const composites = new Set(compositions.map(([, , cp]) => cp));
const joined = new Map(compositions.map(([first, second, cp]) => [`${first} ${second}`, cp]));
// Some composites have a first half that NFKD takes apart (a spacing diaeresis, a long s): after it they never join.
const joins = (cp, parts) =>
  composites.has(cp) && parts.reduce((first, second) => joined.get(`${first} ${second}`)) === cp ? 1 : 0;

const runs = [];
const lowers = [];
const decompositions = [];
for (let cp = 0; cp <= LAST; cp++) {
  const kind = isSurrogate(cp) ? CLASS.symbol : classOf(cp);
  if (runs.at(-1)?.[1] === kind) runs.at(-1)[0]++;
  else runs.push([1, kind]);
  if (isSurrogate(cp)) continue;
  const parts = decomposition(cp);
  const lower = lowerOf(cp);
  if (lower !== cp) lowers.push([cp, lower]);
  if (!isHangulSyllable(cp) && (parts.length > 1 || parts[0] !== cp))
    decompositions.push({ codePoint: cp, parts, joins: parts.length > 1 ? joins(cp, parts) : 0 });
}
const combining = [...combiningClass].sort((a, b) => a[0] - b[0]);

const { packLists } = await loadPacking();
const bytes = packLists({ runs, lowers, decompositions, combining });

const base64 = Buffer.from(bytes).toString("base64");
writeFileSync(
  new URL("../packages/bax/src/text/unicodeData.ts", import.meta.url),
  `// Made by scripts/unicode-tables.mjs from Unicode ${UNICODE}: do not edit.\n` +
    `/** Version of Unicode that normalising, lower-casing and tokenising follow, whatever the runtime's own. */\n` +
    `export const UNICODE_VERSION = "${UNICODE}";\n` +
    `/** Classes, lower case, decompositions and combining classes, packed (packing.ts); read by unicodeTables.ts. */\n` +
    `// biome-ignore format: one literal\nexport const UNICODE_DATA = "${base64}";\n`,
);
console.log({
  bytes: bytes.length,
  runs: runs.length,
  lowers: lowers.length,
  decompositions: decompositions.length,
  classes: representatives.length,
  marks: marks.length,
  compositions: compositions.length,
});
