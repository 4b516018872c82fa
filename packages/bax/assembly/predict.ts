// The kernels of `bax/predict`: those that the edge/ room calls, in a module of their own.
export { weigh } from "./bag";
export { firstBeyond } from "./check";
export { gatherBytes, gatherHalves, gatherProduct } from "./compressed";
export { fill, findAll } from "./dictionary";
export {
  asciiWordHashes,
  characterFeatureBound,
  characterFeatures,
  distinct,
  wordHashes,
  wordNgrams,
} from "./features";
export { decodePlain, normalize } from "./normalize";
export { gather } from "./rows";
export { sigmoid, sliceScoresOne, softmax, topK } from "./scores";
export { tokenize } from "./tokens";
export { treeTopK } from "./tree";
