// What do all results say together? Makes one page with pictures (index.html) and a summary (README.md) from the JSON files of a folder.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { results, root } from "./places.mjs";
import { claimBar, escapeHtml, linePlot } from "./plots.mjs";
import { claimTable, shown, verdict } from "./report.mjs";

const STYLE = `
:root { color-scheme: light dark; --paper: #fdfdfc; --ink: #1d1f22; --faint: #5f666e; --grid: #e3e5e8; --good: #2f7d5b; --bad: #b3402e;
  --c0: #2f6db3; --c1: #b3402e; --c2: #2f7d5b; --c3: #8a5bb0; --c4: #a8741a; --c5: #3c8a94; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181b; --ink: #e7e9ec; --faint: #a2a9b1; --grid: #2c3036; --good: #5cb58a;
  --bad: #e27d6a; --c0: #75aeea; --c1: #e27d6a; --c2: #5cb58a; --c3: #bd97df; --c4: #d9a851; --c5: #6fc0ca; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 46rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .3rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .3rem 0 .8rem; } .faint { color: var(--faint); }
.claims { list-style: none; padding: 0; } .claims li { padding: .5rem 0; border-bottom: 1px solid var(--grid); } .claims p { margin: 0; }
.figures { display: flex; flex-wrap: wrap; gap: 0 .8rem; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; } .none { color: var(--faint); }
svg { display: block; width: 100%; max-width: 36rem; height: auto; margin: .2rem 0; } svg text { fill: var(--ink); font: 11px system-ui, sans-serif; } svg text.faint { fill: var(--faint); font-size: 10px; }
svg rect.good { fill: var(--good); } svg rect.bad { fill: var(--bad); }
svg .asked { stroke: var(--ink); stroke-dasharray: 3 3; } svg .grid { stroke: var(--grid); } svg .line { fill: none; stroke-width: 2; }
svg .reference { fill: none; stroke: var(--faint); stroke-dasharray: 5 4; stroke-width: 1.5; }
${[0, 1, 2, 3, 4, 5].map((n) => `svg .line.c${n} { stroke: var(--c${n}); } svg .dot.c${n} { fill: var(--c${n}); }`).join("\n")}
`;

/** The newest result of each question, in the order of `order`; those that it does not name come last. */
export function readResults(folder, order = []) {
  if (!existsSync(folder)) return [];
  const newest = new Map();
  for (const name of readdirSync(folder).sort()) {
    const question = /^(.*?)(-\d{4}-\d\d-\d\d)?\.json$/.exec(name)?.[1];
    // "x.json" sorts behind "x-2026-01-01.json": the one without a date is the newest.
    // What was measured of some sets only is no answer to the question.
    if (question !== undefined && !question.endsWith("-part"))
      newest.set(question, JSON.parse(readFileSync(join(folder, name), "utf8")));
  }
  const place = (question) => (order.includes(question) ? order.indexOf(question) : order.length);
  return [...newest.values()].sort((a, b) => place(a.question) - place(b.question));
}

function count(claims) {
  const of = (holds) => claims.filter((claim) => claim.holds === holds).length;
  const missing = of(null);
  return `${of(true)} of ${claims.length} hold${missing > 0 ? `, ${missing} not measured` : ""}`;
}

function madeOn({ machine, versions, runs, how }) {
  const against = Object.entries(versions ?? {}).map(([name, version]) => `${name} ${version}`);
  const where = `${machine.date}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GiB; Node ${machine.node}`;
  const times = how ?? `Median of ${runs}.`;
  return `${where}. ${times}${against.length > 0 ? ` Against ${against.join(", ")}.` : ""}`;
}

/** Text of Markdown's simplest kind as HTML. */
function inline(text) {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function rowsOf(claims) {
  const rows = claims.map((one) => {
    const { claim, bound, asked, seen, unit, holds, note } = one;
    const kind = holds === null ? "none" : holds ? "good" : "bad";
    const what = note ? `${inline(claim)} <span class="faint">(${inline(note)})</span>` : inline(claim);
    const figures = `<b>${escapeHtml(shown(seen, unit))}</b> <span class="faint">asked ${escapeHtml(`${bound} ${shown(asked, unit)}`)}</span> <span class="${kind}">${verdict(holds)}</span>`;
    return `<li><p>${what}</p><p class="figures">${figures}</p>${claimBar(one)}</li>`;
  });
  return `<ul class="claims">${rows.join("")}</ul>`;
}

function sectionOf(result) {
  const { question, title = question, claims, plots = [] } = result;
  const figure = (plot) =>
    `<h3>${escapeHtml(plot.title)}</h3>${plot.note ? `<p class="faint">${escapeHtml(plot.note)}</p>` : ""}${linePlot(plot)}`;
  return `<section id="${escapeHtml(question)}"><h2>${escapeHtml(title)}</h2><p class="faint">${escapeHtml(madeOn(result))} <a href="${escapeHtml(question)}.md">All figures</a></p>${claims.length > 0 ? rowsOf(claims) : ""}${plots.map(figure).join("")}</section>`;
}

/** Writes index.html and README.md of a folder of results. */
export function writePage(folder = results, order = []) {
  const all = readResults(folder, order).map((result) => ({ ...result, claims: result.claims ?? [] }));
  const asked = all.filter(({ claims, plots }) => claims.length > 0 || plots?.length > 0);
  const others = all.filter((result) => !asked.includes(result));
  const claims = asked.flatMap((result) => result.claims);
  const list = others
    .map(({ question, title = question }) => `<li><a href="${escapeHtml(question)}.md">${escapeHtml(title)}</a></li>`)
    .join("");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>bax: what was asked and what was measured</title>
<style>${STYLE}</style>
</head>
<body>
<h1>bax: what was asked and what was measured</h1>
<p>${count(claims)}. Bars show how far each line is met, on a logarithmic scale: the dashed line is just what was asked, to its right is better.</p>
${asked.map(sectionOf).join("\n")}
${list ? `<section><h2>Other questions</h2><ul>${list}</ul></section>` : ""}
</body>
</html>
`;
  const parts = asked
    .filter((result) => result.claims.length > 0)
    .map(
      (result) =>
        `## ${result.title ?? result.question}\n\n${madeOn(result)} [All figures](${result.question}.md).\n\n${claimTable(result.claims)}`,
    );
  const rest = others.map(({ question, title = question }) => `- [${title}](${question}.md)`);
  const summary = [
    "# What was asked and what was measured",
    `${count(claims)}. \`npm run bench\` measures everything anew, \`npm run bench -- page\` makes this summary and [the page with pictures](index.html) from the JSON files.`,
    ...parts,
    ...(rest.length > 0 ? [`## Other questions\n\n${rest.join("\n")}`] : []),
  ].join("\n\n");
  writeFileSync(join(folder, "index.html"), html);
  writeFileSync(join(folder, "README.md"), `${summary}\n`);
  console.log(`written: ${["index.html", "README.md"].map((name) => relative(root, join(folder, name))).join(", ")}`);
}
