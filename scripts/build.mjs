// Builds everything that is made: the kernels, the worker's source, the page of reports and the packages. `npm run build`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { build as buildPage } from "vite";
import { bundle } from "./bundle.mjs";
import { loadPacking } from "./packing.mjs";
import { writeExamples } from "./studio-examples.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bax = join(root, "packages/bax");
const report = join(root, "packages/report/src");

/** Runs a tool of node_modules with this very Node, on any platform. */
function tool(path, ...args) {
  execFileSync(process.execPath, [join(root, "node_modules", path), ...args], { cwd: root, stdio: "inherit" });
}

function generate(path, name, comment, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `// Made by scripts/build.mjs: do not edit.\n/** ${comment} */\nexport const ${name}: string = ${JSON.stringify(text)};\n`,
  );
}

/** Compiles kernels; returns the module's bytes. */
function compile(entry, path, ...args) {
  mkdirSync(dirname(path), { recursive: true });
  tool(
    "assemblyscript/bin/asc.js",
    join(bax, "assembly", entry),
    ...["--outFile", path, "--importMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
    ...["--enable", "simd,threads,bulk-memory", "--runtime", "stub", "--noAssert", "--disableWarning", "112", ...args],
  );
  return readFileSync(path);
}

const wasm = join(bax, "src/kernels/generated/kernels.wasm");
generate(
  join(bax, "src/kernels/generated/binary.ts"),
  "KERNELS_BASE64",
  "The WebAssembly module of assembly/, in base64.",
  compile("index.ts", wasm, "--textFile", wasm.replace(/wasm$/, "wat"), "--sharedMemory", "-O3").toString("base64"),
);
const edge = join(bax, "src/edge/generated");
const { packBytes } = await loadPacking();
for (const [name, entry, shared] of [
  ["kernels", "predict.ts", false],
  ["learningKernels", "learn.ts", true],
]) {
  // Small rather than fast; the bits are the same. Whatever the name stands for, it is defined.
  const compact = ["-Oz", "--use", "COMPACT_KERNELS=ASC_TARGET"];
  const module = compile(entry, join(edge, `${name}.wasm`), ...compact, ...(shared ? ["--sharedMemory"] : []));
  const path = join(edge, `${name}.ts`);
  const packed = Buffer.from(packBytes(module)).toString("base64");
  generate(
    path,
    "KERNELS_PACKED",
    `The WebAssembly module of assembly/${entry}, packed (text/packing.ts), in base64.`,
    packed,
  );
  appendFileSync(
    path,
    `/** Bytes of the module. */\nexport const KERNELS_LENGTH: number = ${module.length};\n` +
      `/** Whether it takes a shared memory. */\nexport const KERNELS_SHARED: boolean = ${shared};\n`,
  );
}

const worker = await build({
  entryPoints: [join(bax, "src/training/worker.ts")],
  bundle: true,
  write: false,
  format: "iife",
  minify: true,
  target: "es2022",
});
generate(
  join(bax, "src/training/generated/workerSource.ts"),
  "WORKER_SOURCE",
  "The program of a training thread (training/worker.ts), as one script.",
  worker.outputFiles[0].text,
);

/** What a worker is given in the memory need not be in its program, too. */
const withoutData = {
  name: "without data",
  setup({ onLoad }) {
    onLoad({ filter: /kernels[/\\]generated[/\\]binary\.ts$/ }, () => ({
      contents: 'export const KERNELS_BASE64 = "";',
    }));
    onLoad({ filter: /text[/\\]unicodeData\.ts$/ }, () => ({ contents: 'export const UNICODE_DATA = "";' }));
  },
};
const poolWorker = await build({
  entryPoints: [join(bax, "src/pool/worker.ts")],
  bundle: true,
  write: false,
  format: "iife",
  minify: true,
  target: "es2022",
  plugins: [withoutData],
});
generate(
  join(bax, "src/pool/generated/workerSource.ts"),
  "WORKER_SOURCE",
  "The program of a worker that answers texts (pool/worker.ts), as one script.",
  poolWorker.outputFiles[0].text,
);

const page = await build({
  entryPoints: [join(report, "page/entry.ts")],
  bundle: true,
  write: false,
  format: "iife",
  minify: true,
  // Whatever the data, the script is plain ASCII and holds nothing that would end its element.
  charset: "ascii",
  target: "es2022",
});
// The line that esbuild ends with is no part of what stands between the tags.
const script = page.outputFiles[0].text.trimEnd().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
generate(
  join(report, "generated/pageScript.ts"),
  "PAGE_SCRIPT",
  "The program of a report's page, Observable Plot and all (page/entry.ts).",
  script,
);
appendFileSync(
  join(report, "generated/pageScript.ts"),
  `/** What a content security policy knows it by. */\nexport const PAGE_SCRIPT_HASH: string = "sha256-${createHash("sha256").update(script).digest("base64")}";\n`,
);
const styles = await build({
  entryPoints: [join(report, "page/report.css")],
  write: false,
  minify: true,
  // Nothing is rewritten for browsers that lack what the page needs anyway.
  target: "esnext",
});
generate(
  join(report, "generated/styles.ts"),
  "STYLES",
  "The styles of a report (page/report.css), for any page that shows its sections.",
  styles.outputFiles[0].text.trim(),
);

// Declarations, and the modules of the packages that are not bundled.
tool("typescript/bin/tsc", "-b");
copyFileSync(join(report, "page/report.css"), join(root, "packages/report/dist/report.css"));
await bundle();
writeExamples();
await buildPage({ root: join(root, "packages/studio"), logLevel: "warn" });
