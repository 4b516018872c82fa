// The kernels that TypeScript calls. Plain functions on addresses: no classes, no allocation, no globals, no imports but the memory.
export { weigh } from "./bag";
export { firstBeyond } from "./check";
export { gatherBytes, gatherHalves, gatherProduct } from "./compressed";
export { addAll, fill, findAll, indexAll, settleExample } from "./dictionary";
export { extract } from "./extract";
export {
  fastTextAdd,
  fastTextFeatures,
  fastTextFill,
  fastTextFind,
  fastTextTokens,
} from "./fastText";
export { fastTextBuckets, fastTextEntries } from "./fastTextFile";
export {
  characterFeatureBound,
  characterFeatures,
  distinct,
  wordHashes,
  wordNgrams,
} from "./features";
export { fillFeatures, findFeatures } from "./featureTable";
export { fingerprint } from "./fingerprint";
export { gather } from "./gather";
export { gatherBag, gatherLines, gatherText } from "./gatherText";
export { initialize } from "./initialize";
export { labelDivergences, tallyLabels } from "./labelTally";
export { indexLiveBuckets } from "./liveBuckets";
export { decodePlain, normalize } from "./normalize";
export { nearestCentroids, sumClusters } from "./productQuantizer";
export { project, projectRange } from "./project";
export { readLines } from "./readLines";
export { sigmoid, sigmoidTable, sliceScores, sliceScoresOne, softmax, toColumns, topK, topLanes } from "./scores";
export { tokenize } from "./tokens";
export { trainBatches } from "./train";
export { pathLog, rowScore, treeTopK, treeTopLanes } from "./tree";
