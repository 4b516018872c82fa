export { FASTTEXT_OFFSET, fastTextSigmoidTable } from "./fastTextArithmetic.ts";
export { hierarchicalSoftmax } from "./hierarchicalSoftmax.ts";
export { type HuffmanTree, huffmanTree, pathOf } from "./huffmanTree.ts";
export { type Head, LOSSES, type Loss, type LossGradient, type LossName } from "./loss.ts";
export { drawNegatives, negativeBounds, negativeSampling } from "./negativeSampling.ts";
export { decisions, divergedBeyond, objectiveAtStart } from "./objectiveAtStart.ts";
export { oneVsAll } from "./oneVsAll.ts";
export { smoothedTarget, softmaxLoss } from "./softmax.ts";
