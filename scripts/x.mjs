import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { TextClassifier } from "bax";
const file="node_modules/fasttext.wasm.js/dist/fastText/models/lid.176.ftz", text="/work/shared/data/langid-lingua/test.txt";
const bytes = readFileSync(file); const t = TextClassifier.fromBytes(bytes); const lines = readFileSync(text);
const want = execFileSync("fasttext", ["predict-prob", file, text], {maxBuffer: 1<<28}).toString().split("\n").map(l=>l.split(" "));
let bad=0, dp=0, n=0; const t0=performance.now();
for (let b=0; b<lines.length;) { const e = lines.indexOf(10,b); const [p] = t.predict(lines.subarray(b,e).toString()); if ("__label__"+p.label!==want[n][0]) bad++; dp=Math.max(dp,Math.abs(Math.min(1,want[n][1])-p.probability)); b=e+1; n++; }
console.log("lines", n, "labels wrong", bad, "max dp", dp, performance.now()-t0, "ms");
console.log(t.predict("Hello, world!"));
const t1=performance.now(); const r = t.predictLines(lines); console.log(r.count, (performance.now()-t1).toFixed(0), "ms predictLines", (r.count/(performance.now()-t1)*1000).toFixed(0)+"/s");
const t2=performance.now(); t.predictLines(lines); console.log((performance.now()-t2).toFixed(0), "ms predictLines");
