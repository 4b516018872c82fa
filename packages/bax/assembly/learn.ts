// The kernels of `bax/train`: those of predicting, and what learning needs besides; without fastText's features and without compressing.
export { weigh } from "./bag";
export { firstBeyond } from "./check";
export { gatherBytes, gatherHalves, gatherProduct } from "./compressed";
export { addAll, fill, findAll, indexAll, settleExample } from "./dictionary";
export { extract } from "./extract";
export { distinct } from "./features";
export { fingerprint } from "./fingerprint";
export { gather } from "./gather";
export { gatherBag } from "./gatherText";
export { initialize } from "./initialize";
export { labelDivergences, tallyLabels } from "./labelTally";
export { project } from "./project";
export { sigmoid, sliceScores, sliceScoresOne, softmax, toColumns, topK } from "./scores";
export { trainBatches } from "./train";
export { pathLog, rowScore, treeTopK } from "./tree";
