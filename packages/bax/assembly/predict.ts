// The kernels of `bax/predict`: those that the edge/ room calls, in a module of their own.
export { weigh } from "./bag";
export { firstBeyond } from "./check";
export { gatherBytes, gatherHalves, gatherProduct } from "./compressed";
export { fill, findAll } from "./dictionary";
export { extract } from "./extract";
export { gather } from "./gather";
export { project } from "./project";
export { sigmoid, sliceScoresOne, softmax, topK } from "./scores";
export { treeTopK } from "./tree";
