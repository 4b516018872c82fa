// Builds everything that is made: the kernels, the worker's source, the page of reports and the packages. `npm run build`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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

const wasm = join(bax, "src/kernels/generated/kernels.wasm");
mkdirSync(dirname(wasm), { recursive: true });
tool(
  "assemblyscript/bin/asc.js",
  join(bax, "assembly/index.ts"),
  ...["--outFile", wasm, "--textFile", wasm.replace(/wasm$/, "wat")],
  ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--enable", "simd,threads,bulk-memory", "--runtime", "stub", "-O3", "--noAssert", "--disableWarning", "112"],
);
generate(
  join(bax, "src/kernels/generated/binary.ts"),
  "KERNELS_BASE64",
  "The WebAssembly module of assembly/, in base64.",
  readFileSync(wasm).toString("base64"),
);

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

tool("typescript/bin/tsc", "-b");
