// Pictures of results as plain SVG, drawn by hand so that the page needs nothing else. Colours are the page's own variables.

/** A width that a telephone shows as it is; the page lets pictures grow by half. */
const WIDTH = 400;
const BAR_HEIGHT = 14;

export function escapeHtml(text) {
  return String(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function svg(height, title, content) {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}" xmlns="http://www.w3.org/2000/svg">${content}</svg>`;
}

function text(x, y, words, { anchor = "start", kind = "" } = {}) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" class="${kind}">${escapeHtml(words)}</text>`;
}

/** Powers of ten and, where there are few, twice and five times them, between two numbers. */
function ticksBetween(low, high) {
  const decades = Math.log10(high / low);
  const steps = decades > 4 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const step of steps) ticks.push(step * 10 ** power);
  return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}

/** A logarithmic axis. */
function logarithmic(low, high, from, to) {
  const span = Math.log(high / low) || 1;
  return (value) => from + (Math.log(Math.min(high, Math.max(low, value)) / low) / span) * (to - from);
}

function tickName(value) {
  if (value >= 1e9) return `${value / 1e9}G`;
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e4) return `${value / 1e3}k`;
  return String(Number(value.toPrecision(2)));
}

/** How far a claim is met: 1 is just so, 2 is twice as good. */
export function headroom({ bound, asked, seen }) {
  if (seen === null) return null;
  if (bound === "≥") return asked > 0 ? seen / asked : 1;
  return asked / Math.max(seen, asked / 100);
}

/** A claim as a bar: how far it is met, on a logarithmic axis from a tenth to ten times; the line in the middle is what is asked. */
export function claimBar(one) {
  const x = logarithmic(0.1, 10, 0, WIDTH);
  const reached = headroom(one);
  const kind = one.holds ? "good" : "bad";
  const bar =
    reached === null
      ? ""
      : `<rect x="0" y="3" width="${Math.max(2, x(reached)).toFixed(1)}" height="${BAR_HEIGHT - 6}" rx="2" class="${kind}"/>`;
  const line = `<line x1="${x(1)}" x2="${x(1)}" y1="0" y2="${BAR_HEIGHT}" class="asked"/>`;
  const title = reached === null ? "not measured" : `${reached.toFixed(2)} times what is asked`;
  return svg(
    BAR_HEIGHT,
    title,
    `<line x1="0" x2="${WIDTH}" y1="${BAR_HEIGHT / 2}" y2="${BAR_HEIGHT / 2}" class="grid"/>${bar}${line}`,
  );
}

/**
 * Lines through points on two logarithmic axes. `series`: [{ name, points: [[x, y], …], dashed }]; `marks`: single points with a name.
 */
export function linePlot({ title, xName, yName, series, marks = [] }) {
  const [left, right, top, bottom] = [46, WIDTH - 8, 12, 240];
  const points = [...series.flatMap((one) => one.points), ...marks.map((mark) => mark.at)];
  const range = (index) => {
    const values = points.map((point) => point[index]).filter((value) => value > 0);
    return [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
  };
  const [[x0, x1], [y0, y1]] = [range(0), range(1)];
  const [x, y] = [logarithmic(x0, x1, left, right), logarithmic(y0, y1, bottom, top)];
  const grid = [
    ...ticksBetween(x0, x1).map(
      (tick) =>
        `<line x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="${top}" y2="${bottom}" class="grid"/>${text(x(tick), bottom + 13, tickName(tick), { anchor: "middle", kind: "faint" })}`,
    ),
    ...ticksBetween(y0, y1).map(
      (tick) =>
        `<line x1="${left}" x2="${right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" class="grid"/>${text(left - 6, y(tick) + 3, tickName(tick), { anchor: "end", kind: "faint" })}`,
    ),
  ];
  const lines = series.map(({ points: own, dashed }, number) => {
    const path = own.map(([a, b], i) => `${i === 0 ? "M" : "L"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
    const kind = dashed ? "reference" : `line c${number % 6}`;
    const dots = dashed
      ? ""
      : own
          .map(([a, b]) => `<circle cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="3" class="dot c${number % 6}"/>`)
          .join("");
    return `<path d="${path}" class="${kind}"/>${dots}`;
  });
  const dots = marks.map(
    ({ at: [a, b], name }, number) =>
      `<circle cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="4" class="dot c${number % 6}"><title>${escapeHtml(name)}</title></circle>${text(x(a), y(b) - 8, String(number + 1), { anchor: "middle" })}`,
  );
  const names = [
    ...series.map((one, number) => ({ name: one.name, kind: one.dashed ? "reference" : `line c${number % 6}` })),
    ...marks.map((mark, number) => ({ name: `${number + 1}: ${mark.name}`, kind: `line c${number % 6}` })),
  ];
  const legend = names.map(({ name, kind }, row) => {
    const at = bottom + 50 + row * 16;
    return `<line x1="${left}" x2="${left + 26}" y1="${at - 4}" y2="${at - 4}" class="${kind}"/>${text(left + 34, at, name)}`;
  });
  const axes =
    text((left + right) / 2, bottom + 29, xName, { anchor: "middle", kind: "faint" }) +
    `<g transform="translate(10 ${(top + bottom) / 2}) rotate(-90)">${text(0, 0, yName, { anchor: "middle", kind: "faint" })}</g>`;
  return svg(bottom + 50 + names.length * 16, title, [...grid, ...lines, ...dots, axes, ...legend].join(""));
}
