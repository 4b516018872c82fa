// The kernels of bax that roofline.mjs measures each by itself, those included that the library calls only from within others.
export { gather } from "../../packages/bax/assembly/gather";
export { scatter } from "../../packages/bax/assembly/scatter";
export { sliceScores } from "../../packages/bax/assembly/scores";
export { hiddenGradient, updateOutput } from "../../packages/bax/assembly/trainOutputMove";
