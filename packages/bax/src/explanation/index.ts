export { type Explanation, type ExplanationFeature, type ExplanationSpan, explain } from "./explain.ts";
