// What a question found: on the screen, as JSON for machines and as Markdown for readers.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { machine } from "./measure.mjs";
import { results, root } from "./places.mjs";

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

/**
 * Prints a question's sections (Markdown) and, unless the run was a short one, leaves them with the machine and all numbers in
 * bench/results.
 */
export function publish(question, { title, sections, data, versions, runs, quick }) {
  const where = machine();
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const facts = [
    `${where.date}; ${where.cpu}, ${where.cores} cores, ${where.memoryGigabytes} GiB; ${where.system}; Node ${where.node}.`,
    `Fresh processes, one after the other in turn; median of ${runs}.${peers.length > 0 ? ` Against ${peers.join(", ")}.` : ""}`,
  ];
  const page = [`# ${title}`, facts.join("\n"), ...sections].join("\n\n");
  console.log(page);
  if (quick) {
    console.log("\nA short run: it shows that the benchmark works, its figures mean little, and nothing was written.");
    return;
  }
  mkdirSync(results, { recursive: true });
  const json = join(results, `${question}-${where.date}.json`);
  const markdown = join(results, `${question}.md`);
  writeFileSync(json, `${JSON.stringify({ question, machine: where, versions, runs, ...data }, null, 2)}\n`);
  writeFileSync(markdown, `${page}\n`);
  console.log(`\nwritten: ${relative(root, json)}, ${relative(root, markdown)}`);
}
