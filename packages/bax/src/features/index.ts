export { type ChosenFeatures, Dictionary, Vocabulary } from "./dictionary.ts";
export { FeatureExtractor, type FeatureOptions, type FeatureTrace } from "./featureExtractor.ts";
export { Labels } from "./labels.ts";
export { inverseDocumentFrequency, Weigher, type WeightingOptions } from "./weighting.ts";
