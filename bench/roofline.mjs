// How near are the kernels to what this machine can do? Its bandwidth and its products and sums a second, in WebAssembly, and beside them
// the kernels on stated shapes, in the same run. docs/roofline.md explains the bytes and operations that are counted.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { scratchFolder } from "./measure.mjs";
import { bench, cache, root } from "./places.mjs";
import { number, publish, table } from "./report.mjs";
import { numbersOf } from "./sets.mjs";

const MEGABYTE = 2 ** 20;
/** What `loadLayout` gives. */
let layout;

/** Tables of rows: one that the second cache holds, one that no cache of usual machines does. */
const TABLES = { cache: MEGABYTE, memory: 256 * MEGABYTE };
const STREAMS = { "16 KB": 16_384, "1 MB": MEGABYTE, "256 MB": 256 * MEGABYTE };
const DIMENSIONS = [16, 64, 100];
const LABELS = [4, 735];
/** Features of an example, examples of a batch, examples that a sample takes. */
const [FEATURES, BATCH, EXAMPLES] = [40, 16, 512];
/** A sample lasts so long, so that the clock's steps do not matter; the best of so many counts, here and there. */
const SAMPLE_MS = { whole: 20, quick: 4 };
const SAMPLES = { whole: 15, quick: 3 };

/** Compiles a file of roofline/ as the build compiles the kernels; null, with the reason shown, where it has other names by now. */
function compile(name, folder) {
  const wasm = join(folder, `${name}.wasm`);
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/assemblyscript/bin/asc.js"),
      join(bench, "roofline", `${name}.ts`),
      ...["--outFile", wasm, "--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
      ...["--enable", "simd,threads,bulk-memory", "--runtime", "stub", "-O3", "--noAssert", "--disableWarning", "112"],
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) console.error(`roofline/${name}.ts does not compile:\n${stderr}`);
  return status === 0 ? new WebAssembly.Module(readFileSync(wasm)) : null;
}

/** Seconds of one call, the best of some samples of many calls each. */
function best(run, at) {
  const sample = (calls) => {
    const began = performance.now();
    for (let call = 0; call < calls; call++) run();
    return performance.now() - began;
  };
  let calls = 1;
  // The optimised code is in use once this is over.
  while (sample(calls) < SAMPLE_MS[at]) calls *= 2;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SAMPLES[at]; i++) least = Math.min(least, sample(calls));
  return least / calls / 1000;
}

/** Random rows of a table, each id as likely as any other; the same each time. */
function randomIds(heap, count, rows) {
  const next = numbersOf(rows);
  return heap.allocateCopy(Uint32Array.from({ length: count }, () => next() % rows));
}

function measureMachine(heap, machine, buffer, at) {
  const gigabytes = (bytes, seconds) => bytes / seconds / 1e9;
  const read = {};
  for (const [name, bytes] of Object.entries(STREAMS))
    read[name] = gigabytes(
      bytes,
      best(() => machine.readStream(buffer, bytes), at),
    );
  const half = TABLES.memory / 2;
  const copied = best(() => machine.copyStream(buffer, buffer + half, half), at);
  const gathered = {};
  const count = 1 << 15;
  for (const [name, bytes] of Object.entries(TABLES)) {
    const ids = randomIds(heap, count, bytes / 64);
    gathered[name] = gigabytes(
      count * 64,
      best(() => machine.readRows(ids, count, buffer, 64), at),
    );
    heap.release(ids);
  }
  const times = 1 << 16;
  const flops = (times * 12 * 8) / best(() => machine.multiplyAdd(times, 0.5), at);
  return { read, copy: gigabytes(2 * half, copied), gathered, gigaflops: flops / 1e9 };
}

/** The best of two measurements of the machine, number by number: before the kernels and behind them, in case it was busy at one time. */
function better(first, second) {
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [
      name,
      typeof value === "number" ? Math.max(value, second[name]) : better(value, second[name]),
    ]),
  );
}

/**
 * Gather and update of the rows of A on a table; the roof is what a loop does that only touches, or changes, their cache lines.
 * Bytes and operations are those of an example.
 */
function measureRows(heap, machine, kernels, buffer, at) {
  const found = [];
  for (const [where, tableBytes] of Object.entries(TABLES)) {
    for (const dim of DIMENSIONS) {
      const rowBytes = dim * 4;
      const ids = randomIds(heap, EXAMPLES * FEATURES, Math.floor(tableBytes / rowBytes));
      const weights = heap.allocateCopy(new Float32Array(EXAMPLES * FEATURES).fill(1e-9));
      const hidden = heap.allocateZeroed(rowBytes);
      const each = (kernel) => () => {
        for (let example = 0; example < EXAMPLES; example++) {
          const offset = example * FEATURES * 4;
          kernel(ids + offset, weights + offset, FEATURES, buffer, dim, hidden);
        }
      };
      const touch = (probe) => best(() => probe(ids, EXAMPLES * FEATURES, buffer, rowBytes), at) / EXAMPLES;
      const rowsRead = FEATURES * rowBytes;
      const roofs = { gather: touch(machine.readRows), update: touch(machine.changeRows) };
      const kinds = [
        { kernel: "gather", run: kernels.gather, moved: rowsRead, bytes: rowsRead + FEATURES * 8 + rowBytes },
        { kernel: "update", run: kernels.scatter, moved: 2 * rowsRead, bytes: 2 * rowsRead + FEATURES * 8 + rowBytes },
      ];
      for (const { kernel, run, moved, bytes } of kinds) {
        if (!run) continue;
        const seconds = best(each(run), at) / EXAMPLES;
        found.push({
          kernel,
          where,
          dim,
          flops: 2 * FEATURES * dim,
          bytes,
          seconds,
          bandwidth: moved / roofs[kernel] / 1e9,
        });
      }
      for (const block of [ids, weights, hidden]) heap.release(block);
    }
  }
  return found;
}

/** The three products of the output layer; they find B and all else in a cache, the second one or the first. */
function measureOutput(heap, kernels, at, read) {
  const found = [];
  for (const labels of LABELS) {
    for (const dim of DIMENSIONS) {
      const [bBytes, hBytes, sBytes] = [labels * dim * 4, BATCH * dim * 4, labels * BATCH * 4];
      const blocks = [heap.allocateZeroed(layout.CONTEXT_BYTES), heap.allocateZeroed(layout.THREAD_BYTES)];
      const [context, state] = blocks;
      const block = (bytes) => blocks[blocks.push(heap.allocateZeroed(bytes)) - 1];
      const [output, hidden, columns, scores] = [block(bBytes), block(hBytes), block(hBytes), block(sBytes)];
      // Every row of B is moved.
      const moved = block(labels * 4);
      heap.u32At(moved, labels).forEach((_, label, list) => {
        list[label] = label;
      });
      heap.f32At(output, labels * dim).fill(0.01);
      heap.f32At(hidden, BATCH * dim).fill(0.01);
      heap.f32At(scores, labels * BATCH).fill(1e-9);
      const fields = [
        [layout.THREAD_WIDTH, dim],
        [layout.THREAD_OUTPUT, output],
        [layout.THREAD_HIDDEN_ROWS, hidden],
        [layout.THREAD_HIDDEN_COLUMNS, columns],
        [layout.THREAD_LOGITS, scores],
        [layout.THREAD_GRADIENT_ROWS, block(hBytes)],
        [layout.THREAD_MOVED_LABELS, moved],
        [layout.THREAD_LABEL_SQUARES, block(labels * 4)],
      ];
      for (const [field, value] of fields) heap.u32[(state + field) >>> 2] = value;
      heap.u32[(context + layout.CONTEXT_LABELS) >>> 2] = labels;
      const products = 2 * labels * dim;
      const kinds = [
        {
          kernel: "scores",
          run: kernels.sliceScores && (() => kernels.sliceScores(columns, output, labels, dim, 0, dim, scores, 0)),
          bytes: bBytes / BATCH + dim * 4 + labels * 4,
        },
        {
          kernel: "gradient of h",
          run: kernels.hiddenGradient && (() => kernels.hiddenGradient(state, labels)),
          bytes: bBytes / BATCH + dim * 4 + labels * 4,
        },
        {
          kernel: "update of B",
          run: kernels.updateOutput && (() => kernels.updateOutput(context, state, labels, BATCH, 1e-6)),
          bytes: (2 * bBytes) / BATCH + dim * 4 + labels * 4,
        },
      ];
      const bandwidth = bBytes + hBytes + sBytes > STREAMS["16 KB"] * 2 ? read["1 MB"] : read["16 KB"];
      for (const { kernel, run, bytes } of kinds) {
        if (run) found.push({ kernel, labels, dim, flops: products, bytes, seconds: best(run, at) / BATCH, bandwidth });
        // The scores were overwritten by the first.
        heap.f32At(scores, labels * BATCH).fill(1e-9);
      }
      for (const at of blocks) heap.release(at);
    }
  }
  return found;
}

/** The library's own heap and layout, which its published modules keep to themselves. */
async function loadLayout(folder) {
  const outfile = join(folder, "layout.mjs");
  const source = join(root, "packages/bax/src/kernels/index.ts");
  await build({ entryPoints: [source], outfile, bundle: true, format: "esm", logLevel: "error" });
  return import(outfile);
}

/** The roof over a kernel: as fast as the machine computes, or as fast as the bytes come; and what share of it was reached. */
function withRoof(found, gigaflops) {
  const intensity = found.flops / found.bytes;
  const roof = Math.min(gigaflops, intensity * found.bandwidth);
  const reached = found.flops / found.seconds / 1e9;
  return {
    ...found,
    intensity,
    roof,
    reached,
    share: reached / roof,
    bound: roof < gigaflops ? "bytes" : "operations",
  };
}

const shapeOf = ({ dim, labels, where }) => {
  if (labels !== undefined) return `dim ${dim}, ${labels} labels`;
  return `dim ${dim}, rows in ${where === "cache" ? "the cache" : "memory"}`;
};

function kernelTable(kernels) {
  return table(
    ["kernel", "flops", "bytes", "flops a byte", "ns an example", "GFLOP/s", "roof", "bound by", "share"],
    kernels.map((found) => [
      `${found.kernel}, ${shapeOf(found)}`,
      number(found.flops, 0),
      number(found.bytes, 0),
      number(found.intensity),
      number(found.seconds * 1e9, 0),
      number(found.reached, 1),
      number(found.roof, 1),
      found.bound,
      `${number(found.share * 100, 0)} %`,
    ]),
  );
}

function plotOf({ read, gigaflops }, kernels) {
  const roof = (name, bandwidth) => ({
    name: `${name}: ${number(bandwidth, 0)} GB/s, ${number(gigaflops, 0)} GFLOP/s`,
    dashed: true,
    points: [
      [0.1, 0.1 * bandwidth],
      [Math.max(0.1, gigaflops / bandwidth), gigaflops],
      [20, gigaflops],
    ],
  });
  const shown = kernels.filter(({ dim, labels, where }) => dim === 100 && (labels === 735 || where !== undefined));
  return {
    title: "Kernels below their roofs",
    note: "Dim 100. Dashed: the most that this machine does in WebAssembly, with bytes from the second cache and from memory.",
    ...{ xName: "operations a byte", yName: "GFLOP/s" },
    series: [roof("second cache", read["1 MB"]), roof("memory", read["256 MB"])],
    marks: shown.map((found) => ({ name: `${found.kernel}, ${shapeOf(found)}`, at: [found.intensity, found.reached] })),
  };
}

/** Puts tables into docs/roofline.md, each between its two marks. */
function writePage(tables) {
  const path = join(root, "docs/roofline.md");
  let page = readFileSync(path, "utf8");
  for (const [name, text] of Object.entries(tables)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/roofline.md has no place for the table "${name}"`);
    page = `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
  }
  writeFileSync(path, page);
}

export async function ask({ runs, quick, only }) {
  const at = quick ? "quick" : "whole";
  const folder = scratchFolder(cache, "roofline");
  layout = await loadLayout(folder);
  const heap = new layout.Heap(true);
  const buffer = heap.allocate(TABLES.memory);
  // Pages that were never written all show the same zeros.
  heap.f32At(buffer, TABLES.memory / 4).fill(0.01);
  const exportsOf = (name) => {
    const module = compile(name, folder);
    return module && new WebAssembly.Instance(module, { env: { memory: heap.memory } }).exports;
  };
  const machine = exportsOf("machine");
  if (machine === null) throw new Error("The loops that measure the machine do not compile.");
  // Without the others there are still those that the library itself exports.
  const kernels = exportsOf("kernels") ?? heap.kernels;
  const before = measureMachine(heap, machine, buffer, at);
  const rows = measureRows(heap, machine, kernels, buffer, at);
  const output = measureOutput(heap, kernels, at, before.read);
  const found = better(before, measureMachine(heap, machine, buffer, at));
  const measured = [...rows, ...output].map((one) => withRoof(one, found.gigaflops));
  const machineTable = table(
    ["", ""],
    [
      ...Object.entries(found.read).map(([name, rate]) => [
        `reading ${name} again and again`,
        `${number(rate, 1)} GB/s`,
      ]),
      ["copying within 256 MB, bytes read and written", `${number(found.copy, 1)} GB/s`],
      ["random 64 bytes of 1 MB", `${number(found.gathered.cache, 1)} GB/s`],
      ["random 64 bytes of 256 MB", `${number(found.gathered.memory, 1)} GB/s`],
      ["products and sums of 128-bit SIMD, in registers", `${number(found.gigaflops, 1)} GFLOP/s`],
    ],
  );
  const kernelRows = kernelTable(measured);
  if (!quick && only === undefined) writePage({ machine: machineTable, kernels: kernelRows });
  const sections = [
    `## The machine, in WebAssembly, one core\n\n${machineTable}`,
    `## The kernels

An example has ${FEATURES} features, a batch ${BATCH} examples. Rows are drawn at random, each as likely as any other, from a table of 1 MB (the cache)
or 256 MB (memory): real text draws frequent rows far more often, and lies between the two. The roof is the smaller of the operations a
second above and the operations a byte times the bandwidth: for rows of A that of a loop that touches, or changes, one word of each cache
line of the same rows and does nothing else; for the output layer that of reading 1 MB, or 16 KB where everything fits into the first cache.

${kernelRows}`,
  ];
  publish("roofline", {
    title: "Kernels and the limits of the machine",
    ...{
      sections,
      plots: [plotOf(found, measured)],
      data: { found, kernels: measured },
      versions: {},
      runs,
      quick,
      only,
    },
  });
}
