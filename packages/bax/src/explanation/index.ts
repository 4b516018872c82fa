export { ExampleIndex, type NearExample } from "./exampleIndex.ts";
export { type Explanation, type ExplanationFeature, type ExplanationSpan, explain } from "./explain.ts";
export { type FeatureInfluence, type LabelFeatures, strongestFeatures } from "./strongestFeatures.ts";
