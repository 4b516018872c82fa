export { type ChosenFeatures, Dictionary, Vocabulary } from "./dictionary.ts";
export { FeatureExtractor, type FeatureOptions, type FeatureTrace } from "./featureExtractor.ts";
export { Labels } from "./labels.ts";
export {
  createWeighting,
  inverseDocumentFrequency,
  logRatioWeights,
  PRIOR_WEIGHT,
  type Weighting,
  type WeightingOptions,
  weigh,
} from "./weighting.ts";
