import { describe, expect, test } from "vitest";
import { encodingProblem, findMojibake } from "./encoding.ts";

const encoder = new TextEncoder();
const WINDOWS = new TextDecoder("windows-1252");

function problem(text: string | Uint8Array): string | undefined {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  return encodingProblem(bytes, () => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes))?.reason;
}

describe("encoding", () => {
  test("UTF-8 that was read as Windows-1252 is found, and what it was", () => {
    for (const text of ["café", "it’s", "“so”", "naïve £5", "привет", "fun 😀", "Ωραία", "50 °C"])
      expect(findMojibake(WINDOWS.decode(encoder.encode(text))), text).not.toBeNull();
    expect(findMojibake(WINDOWS.decode(encoder.encode("café")))).toEqual({ shown: "Ã©", meant: "é" });
  });

  test("genuine text of many languages is left alone", () => {
    const genuine = [
      "Ceci n’est pas une pipe, «CAFÉ»: déjà vu à 5 €",
      "NÃO É SÓ ISSO, AÇÃO!",
      "Größe, Übermut, ÄÖÜß",
      "Việt Nam đẹp ÂU CƠ",
      "Příliš žluťoučký kůň úpěl",
      "Ñandú, ¿qué? ¡sí!",
      "русский текст «в кавычках»",
      "日本語のテキスト",
      "50 °C ± 2 µm — “ok” … ™",
    ];
    for (const text of genuine) expect(problem(text), text).toBeUndefined();
  });

  test("bytes that are no UTF-8, lost characters and control characters are named", () => {
    expect(problem(Uint8Array.from([99, 97, 102, 0xe9]))).toMatch(/U\+FFFD/);
    expect(problem("caf\ufffd")).toMatch(/a character is U\+FFFD/);
    expect(problem("a\u0000b")).toMatch(/U\+0000, which no text needs/);
    expect(problem("it\u0092s")).toBe('has the control character U+0092, which is "’" in Windows-1252');
    expect(problem("a\tb\r\nc")).toBeUndefined();
  });
});
