// The kernels of bax that roofline.mjs measures each by itself, those included that the library calls only from within others.
export { gather, scatter } from "../../packages/bax/assembly/rows";
export { sliceScores } from "../../packages/bax/assembly/scores";
export { hiddenGradient, updateOutput } from "../../packages/bax/assembly/trainOutput";
