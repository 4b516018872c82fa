// What a question found: on the screen, as JSON for machines and as Markdown for readers.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { machine } from "./measure.mjs";
import { quickResults, results, root } from "./places.mjs";

/** A number with `digits` decimals, or a dash for what was not measured. */
export function number(value, digits = 2) {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(digits) : "–";
}

/** a / b as "3.1 ×", or a dash. */
export function ratio(a, b) {
  return a > 0 && b > 0 ? `${(a / b).toFixed(2)} ×` : "–";
}

/** A Markdown table whose columns line up in a text editor too; all columns but the first are flushed right. */
export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join("\n");
}

/** What a claim looks like where it has no number. */
export function shown(value, unit) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit ? ` ${unit}` : ""}`;
}

/** The word for whether a claim holds. */
export function verdict(holds) {
  return holds === null ? "not measured" : holds ? "holds" : "does not hold";
}

/** Claims as a Markdown table. */
export function claimTable(claims) {
  return table(
    ["claim", "asked", "seen", ""],
    claims.map(({ claim, asked, bound, seen, unit, holds, note }) => [
      note ? `${claim} (${note})` : claim,
      `${bound} ${shown(asked, unit)}`,
      shown(seen, unit),
      holds === false ? `**${verdict(holds)}**` : verdict(holds),
    ]),
  );
}

/**
 * Prints a question's sections (Markdown) and leaves them with the machine and all numbers in bench/results; those of a short run in
 * .cache/bench/results, since they mean little; those of a part (`only`) nowhere. `claims`: lines of the contract (claims.mjs); `plots`: what the page draws (plots.mjs);
 * `how`: how it was measured, where that is not in fresh processes.
 */
export function publish(
  question,
  { title, sections, claims = [], plots = [], data, versions, runs, quick, only, how },
) {
  const where = machine();
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const facts = [
    `${where.date}; ${where.cpu}, ${where.cores} cores, ${where.memoryGigabytes} GiB; ${where.system}; Node ${where.node}.`,
    `${how ?? `Fresh processes, one after the other in turn; median of ${runs}.`}${peers.length > 0 ? ` Against ${peers.join(", ")}.` : ""}`,
  ];
  const asked = claims.length > 0 ? [`## What is asked\n\n${claimTable(claims)}`] : [];
  const page = [`# ${title}`, facts.join("\n"), ...asked, ...sections].join("\n\n");
  console.log(page);
  if (only !== undefined) return;
  const folder = quick ? quickResults : results;
  mkdirSync(folder, { recursive: true });
  // One result a question: older ones have their date in their name.
  for (const name of readdirSync(folder)) {
    const isOlder = name.startsWith(`${question}-`) && /^-\d{4}-\d\d-\d\d\.json$/.test(name.slice(question.length));
    if (isOlder) rmSync(join(folder, name));
  }
  const json = join(folder, `${question}.json`);
  const markdown = join(folder, `${question}.md`);
  const found = { question, title, machine: where, versions, runs, ...(how && { how }), claims, plots, ...data };
  writeFileSync(json, `${JSON.stringify(found, null, 2)}\n`);
  writeFileSync(markdown, `${page}\n`);
  if (quick) console.log("\nA short run: it shows that the benchmark works; its figures mean little.");
  console.log(`\nwritten: ${relative(root, json)}, ${relative(root, markdown)}`);
}
