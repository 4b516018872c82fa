// Writes packages/bax/src/text/unicodeData.ts: what the tokeniser must know of Unicode, from one fixed version.
// Run by hand when that version is raised (it changes features, so it needs a new model format version):
//   node scripts/unicode-tables.mjs
import { writeFileSync } from "node:fs";

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
const STABLE = 16;
const COMBINES = 32;
const UPPER = 64;
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
const seconds = new Set(compositions.map(([, second]) => second));
for (let v = 0x1161; v <= 0x1175; v++) seconds.add(v);
for (let t = 0x11a8; t <= 0x11c2; t++) seconds.add(t);

const properties = new Uint8Array(LAST + 1);
const lowers = [];
const decompositions = [];
for (let cp = 0; cp <= LAST; cp++) {
  if (isSurrogate(cp)) {
    properties[cp] = CLASS.symbol | STABLE;
    continue;
  }
  const s = String.fromCodePoint(cp);
  const parts = decomposition(cp);
  const lower = lowerOf(cp);
  let property = classOf(cp);
  if (combiningClass.has(parts[0]) || seconds.has(parts[0])) property |= COMBINES;
  const loweredParts = String.fromCodePoint(...parts.map(lowerOf)).normalize("NFC");
  const keeps = s.normalize("NFKC") === s && cp !== RIGHT_SINGLE_QUOTE;
  if (keeps && loweredParts === String.fromCodePoint(lower)) property |= STABLE;
  if (lower !== cp) {
    property |= UPPER;
    lowers.push([cp, lower]);
  }
  if (!isHangulSyllable(cp) && (parts.length > 1 || parts[0] !== cp)) decompositions.push([cp, parts]);
  properties[cp] = property;
}

// One stream of variable-length integers (7 bits a byte, low first): lists, each headed by its length.
const bytes = [];
const unsigned = (n) => {
  while (n >= 128) {
    bytes.push((n & 127) | 128);
    n = Math.floor(n / 128);
  }
  bytes.push(n);
};
const signed = (n) => unsigned(n < 0 ? -2 * n - 1 : 2 * n);

const runs = [];
for (let cp = 0; cp <= LAST; ) {
  let end = cp;
  while (end <= LAST && properties[end] === properties[cp]) end++;
  runs.push([end - cp, properties[cp]]);
  cp = end;
}
unsigned(runs.length);
for (const run of runs) for (const number of run) unsigned(number);
const deltas = (rows, write) => {
  unsigned(rows.length);
  let previous = 0;
  for (const row of rows) {
    unsigned(row[0] - previous);
    previous = row[0];
    write(row);
  }
};
deltas(lowers, ([cp, lower]) => signed(lower - cp));
deltas(decompositions, ([cp, parts]) => {
  unsigned(parts.length);
  let previous = cp;
  for (const part of parts) {
    signed(part - previous);
    previous = part;
  }
});
deltas(
  [...combiningClass].sort((a, b) => a[0] - b[0]),
  ([, order]) => unsigned(order),
);
compositions.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
deltas(compositions, ([first, second, cp]) => {
  unsigned(second);
  signed(cp - first);
});

const base64 = Buffer.from(bytes).toString("base64");
writeFileSync(
  new URL("../packages/bax/src/text/unicodeData.ts", import.meta.url),
  `// Made by scripts/unicode-tables.mjs from Unicode ${UNICODE}: do not edit.\n` +
    `/** Version of Unicode that normalising, lower-casing and tokenising follow, whatever the runtime's own. */\n` +
    `export const UNICODE_VERSION = "${UNICODE}";\n` +
    `/** Run-length classes, lower case, decompositions, combining classes and compositions; read by unicodeTables.ts. */\n` +
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
