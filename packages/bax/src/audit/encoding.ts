/** The characters of Windows-1252 at the bytes 0x80 to 0x9f; "" where it has none (Encoding Standard, index windows-1252). */
const HIGH = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
const BYTES: ReadonlyMap<string, number> = new Map([
  ...Array.from(HIGH, (character, n) => [character, 0x80 + n] as const).filter(([character]) => character !== " "),
  ...Array.from({ length: 0x80 }, (_, n) => [String.fromCharCode(0x80 + n), 0x80 + n] as const),
]);

/** Leading bytes of what is common in mojibake: Latin letters, punctuation, Cyrillic, emoji; others stand together by chance. */
const TELLING_LEADS = new Set([0xc2, 0xc3, 0xe2, 0xf0]);
/** Cyrillic and Greek: two letters may be a word of their own; so many in a row are not. */
const OTHER_LEADS = new Set([0xc4, 0xc5, 0xce, 0xcf, 0xd0, 0xd1]);
const LEAST_OTHERS = 3;

/** What is wrong with how a text was written down. */
export interface EncodingProblem {
  readonly score: number;
  readonly reason: string;
}

/** UTF-8 that was read as Windows-1252 or Latin-1: a piece as it stands, and what it was; null where there is none. */
export function findMojibake(text: string): { shown: string; meant: string } | null {
  for (const [run] of text.matchAll(/[\u0080-\u{10ffff}]{2,}/gu)) {
    let others = 0;
    const characters = Array.from(run);
    for (let at = 0; at < characters.length; at++) {
      const lead = BYTES.get(characters[at]) ?? 0;
      if (!TELLING_LEADS.has(lead) && !OTHER_LEADS.has(lead)) continue;
      const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      const bytes = characters.slice(at, at + length).map((character) => BYTES.get(character) ?? 0);
      if (bytes.length < length || bytes.slice(1).some((byte) => byte < 0x80 || byte > 0xbf)) continue;
      const meant = new TextDecoder().decode(Uint8Array.from(bytes));
      if (meant.includes("\ufffd") || (lead === 0xe2 && !/[\u2010-\u2122]/.test(meant))) continue;
      if (TELLING_LEADS.has(lead) || ++others === LEAST_OTHERS) {
        return { shown: characters.slice(at, at + length).join(""), meant };
      }
      at += length - 1;
    }
  }
  return null;
}

/** Whether bytes hold anything but plain ASCII: all that could be wrong with an encoding. */
function isSuspicious(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x7f || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) return true;
  return false;
}

/** What is wrong with the encoding of a text, if anything. `text` gives it decoded: called for few. */
export function encodingProblem(bytes: Uint8Array, text: () => string): EncodingProblem | null {
  if (!isSuspicious(bytes)) return null;
  const decoded = text();
  const mojibake = findMojibake(decoded);
  if (mojibake) {
    const { shown, meant } = mojibake;
    return { score: 0.7, reason: `"${shown}" is "${meant}" in UTF-8, read in another encoding` };
  }
  const lost = decoded.split("\ufffd").length - 1;
  if (lost > 0) {
    return {
      score: 0.65,
      reason: `${lost === 1 ? "a character is" : `${lost} characters are`} U+FFFD: bytes that are not UTF-8, here or in an earlier conversion`,
    };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.exec(decoded);
  if (!control) return null;
  const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const meant = [...BYTES].find(
    ([character, byte]) => byte === control[0].charCodeAt(0) && character !== control[0],
  )?.[0];
  const hint = meant === undefined ? ", which no text needs" : `, which is "${meant}" in Windows-1252`;
  return { score: 0.45, reason: `has the control character U+${code}${hint}` };
}
