// Labels each line of a file with lid.176.ftz through fasttext.wasm.js, and prints the labels: `node fasttextWasm.mjs FILE`. For
// predict.mjs, which times it beside bax.
import { readFileSync } from "node:fs";
import { getLIDModel } from "fasttext.wasm.js";

const identifier = await getLIDModel();
const model = await identifier.load();
const lines = readFileSync(process.argv[2], "utf8").split("\n");
if (lines.at(-1) === "") lines.pop();
const answers = [];
for (const line of lines) {
  const found = model.predict(line, 1, 0);
  answers.push(found.size() > 0 ? found.get(0)[1] : "");
  found.delete();
}
process.stdout.write(`${answers.join("\n")}\n`);
