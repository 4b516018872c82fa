// The kernels of `bax/train`: those of predicting, and what learning needs besides; without fastText's features and without compressing.
export { addAll, indexAll, settleExample } from "./dictionary";
export { fingerprint } from "./fingerprint";
export { initialize } from "./initialize";
export { labelDivergences, tallyLabels } from "./labelTally";
export * from "./predict";
export { sigmoidTable, sliceScores, toColumns } from "./scores";
export { trainBatches } from "./train";
export { pathLog, rowScore } from "./tree";
