export {
  addTexts,
  type ChosenFeatures,
  Dictionary,
  isAscending,
  NO_ROW,
  occursIn,
  textCount,
  Vocabulary,
} from "./dictionary.ts";
export { type CountedLabel, FastTextCounter, fastTextNgrams } from "./fastTextCounter.ts";
export { hashBytes, subwordsOf, tokensOf, wordNgramsOf } from "./fastTextReference.ts";
export { FastTextText, tokenBound } from "./fastTextText.ts";
export {
  type BucketRows,
  type FastTextEntries,
  type FastTextNgrams,
  FastTextVocabulary,
  LABEL_PREFIX,
  LINE_END,
  placeEntries,
} from "./fastTextVocabulary.ts";
export { FeatureExtractor, type FeatureOptions } from "./featureExtractor.ts";
export { FeatureTable } from "./featureTable.ts";
export { type FeatureTrace, traceFeatures, WORD_BEGIN, WORD_END } from "./featureTracer.ts";
export { Labels } from "./labels.ts";
export { Repeats } from "./repeats.ts";
export {
  createWeighting,
  inverseDocumentFrequency,
  logRatioWeights,
  PRIOR_WEIGHT,
  type Weighting,
  type WeightingOptions,
  weigh,
} from "./weighting.ts";
