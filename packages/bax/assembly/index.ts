// The kernels that TypeScript calls. Plain functions on addresses: no classes, no allocation, no globals, no imports but the memory.
export { gather, weigh } from "./bag";
export { firstNonFinite } from "./check";
export { addAll, fill, findAll, keepRows } from "./dictionary";
export { characterFeatureBound, characterFeatures, distinct, wordFeatures } from "./features";
export { initialize } from "./initialize";
export { decodePlain, normalize } from "./normalize";
export { sliceScores, sliceScoresOne, softmax, toColumns, topK } from "./scores";
export { tokenize } from "./tokens";
export { trainBatches } from "./train";
