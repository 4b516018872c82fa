import { readFileSync } from "node:fs";
import { TextClassifier } from "bax";
const lines = readFileSync("/work/shared/data/langid-lingua/test.txt");
for (const file of ["node_modules/fasttext.wasm.js/dist/fastText/models/lid.176.ftz", "/tmp/g/sm.ftz"]) {
const bytes = readFileSync(file);
const t0=performance.now(); const q = TextClassifier.fromBytes(bytes); q.predict("hello"); const tl=performance.now()-t0;
const t1=performance.now(); const d = q.compress({rows:"f32", output:"f32"}); const td=performance.now()-t1;
const time = (m) => { const t=performance.now(); for (let i=0;i<3;i++) m.predictLines(lines); return (performance.now()-t)/3; };
const a=[],b=[]; time(q); time(d); for (let i=0;i<5;i++) { a.push(time(q)); b.push(time(d)); }
const med = x=>x.sort((p,q)=>p-q)[2];
console.log(file, "load", tl.toFixed(1), "decode", td.toFixed(0), "looked up", med(a).toFixed(1), "dense", med(b).toFixed(1), "lines", 7797);
}
