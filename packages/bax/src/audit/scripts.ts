/** Scripts by the first code point of each stretch; coarse, since only "mostly another one" is asked. Letters outside of them are "other". */
const STRETCHES: readonly (readonly [first: number, script: string])[] = [
  [0x0000, "Latin"],
  [0x0370, "Greek"],
  [0x0400, "Cyrillic"],
  [0x0530, "Armenian"],
  [0x0590, "Hebrew"],
  [0x0600, "Arabic"],
  [0x0700, "other"],
  [0x0750, "Arabic"],
  [0x0780, "other"],
  [0x08a0, "Arabic"],
  [0x0900, "Devanagari"],
  [0x0980, "Bengali"],
  [0x0a00, "Gurmukhi"],
  [0x0a80, "Gujarati"],
  [0x0b00, "Oriya"],
  [0x0b80, "Tamil"],
  [0x0c00, "Telugu"],
  [0x0c80, "Kannada"],
  [0x0d00, "Malayalam"],
  [0x0d80, "Sinhala"],
  [0x0e00, "Thai"],
  [0x0e80, "Lao"],
  [0x0f00, "Tibetan"],
  [0x1000, "Myanmar"],
  [0x10a0, "Georgian"],
  [0x1100, "Hangul"],
  [0x1200, "Ethiopic"],
  [0x13a0, "other"],
  [0x1780, "Khmer"],
  [0x1800, "other"],
  [0x1e00, "Latin"],
  [0x1f00, "Greek"],
  [0x2000, "other"],
  [0x3040, "Chinese or Japanese"],
  [0x3130, "Hangul"],
  [0x3190, "Chinese or Japanese"],
  [0xa000, "other"],
  [0xac00, "Hangul"],
  [0xd7b0, "other"],
  [0xf900, "Chinese or Japanese"],
  [0xfb00, "Latin"],
  [0xfb1d, "Hebrew"],
  [0xfb50, "Arabic"],
  [0xff00, "other"],
  [0x20000, "Chinese or Japanese"],
  [0x33480, "other"],
];

/** Names of scripts; the numbers of `scriptOf` are indices into it. */
export const SCRIPTS: readonly string[] = [...new Set(STRETCHES.map(([, script]) => script))];

/** For each code point of the basic plane its script. */
const TABLE: Uint8Array = (() => {
  const table = new Uint8Array(0x10000);
  for (const [n, [first, script]] of STRETCHES.entries()) {
    const end = STRETCHES[n + 1]?.[0] ?? 0x110000;
    table.fill(SCRIPTS.indexOf(script), Math.min(first, 0x10000), Math.min(end, 0x10000));
  }
  return table;
})();

/** The number of a letter's script. */
export function scriptOf(code: number): number {
  if (code < 0x10000) return TABLE[code];
  return SCRIPTS.indexOf(code >= 0x20000 && code < 0x33480 ? "Chinese or Japanese" : "other");
}
