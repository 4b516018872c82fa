// Writes docs/options.md from the library's options table: `node scripts/options-page.mjs`. With --check it writes nothing and fails where
// the page is not what the table says.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { OPTIONS } from "bax";

const page = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs/options.md");

/** The values that an option takes, in words. */
function valuesOf({ type, choices, min, max }) {
  if (type === "boolean") return "on or off";
  if (type === "choice") return choices.map((choice) => `\`${choice}\``).join(", ");
  if (type === "weights") return `${choices.map((choice) => `\`${choice}\``).join(", ")}, a file, or an object`;
  if (type === "bytes") return `a number of bytes from ${min / 1e6}MB to ${max / 1e9}GB`;
  if (type === "range") return `two whole numbers up to ${max}, or 0 for none`;
  const kind = type === "integer" ? "whole number" : "number";
  // Grouped digits are easier to read, but they would round a very small number to 0.
  const shown = (value) => (value < 0.01 ? String(value) : value.toLocaleString("en-GB"));
  return `${kind}, ${shown(min)} to ${shown(max)}`;
}

function flagOf({ flag, type }) {
  return type === "boolean" ? `\`${flag}\`, \`${flag.replace("--", "--no-")}\`` : `\`${flag}\``;
}

/** What a search may try, in words. */
function searchOf({ type, search }) {
  if (search === undefined) return "";
  if ("times" in search) return `${search.times.join(" to ")} × the default`;
  const shown = (value) => (type === "range" ? (value[1] === 0 ? "none" : value.join("-")) : String(value));
  return search.values.map((value) => `\`${shown(value)}\``).join(", ");
}

const rows = OPTIONS.map((option) =>
  [
    flagOf(option),
    `\`${option.key}\``,
    valuesOf(option),
    `\`${option.default}\``,
    option.meaning,
    searchOf(option),
  ].join(" | "),
);
const text = `# Training options

Made from the table in \`packages/bax/src/training/options.ts\` by \`node scripts/options-page.mjs\`: do not edit.

\`bax train\` takes the flags, \`TextClassifier.train(examples, { … })\` the names. What is left out is chosen well; \`auto\` means that it
depends on the data, and [decisions/0001-defaults.md](decisions/0001-defaults.md) says how. \`bax info\` shows what was chosen.
The last column is what \`bax tune\` tries ([tuning.md](tuning.md)); where it is empty the search leaves the option alone.

| flag | name in the library | values | default | meaning | searched |
| --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join("\n")}
`;

if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/options.md is not what the options table says: run `node scripts/options-page.mjs`.");
  process.exit(1);
}
