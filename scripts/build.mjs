// Builds everything that is made: the kernels, the worker's source and the packages. `npm run build`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bax = join(root, "packages/bax");

/** Runs a tool of node_modules with this very Node, on any platform. */
function tool(path, ...args) {
  execFileSync(process.execPath, [join(root, "node_modules", path), ...args], { cwd: root, stdio: "inherit" });
}

function generate(path, name, comment, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `// Made by scripts/build.mjs: do not edit.\n/** ${comment} */\nexport const ${name} = ${JSON.stringify(text)};\n`,
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

tool("typescript/bin/tsc", "-b");
