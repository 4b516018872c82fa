export * from "./explain.ts";
export * from "./health.ts";
export * from "./infer.ts";
export * from "./models.ts";
export * from "./predict.ts";
export * from "./problem.ts";
export * from "./score.ts";
export { type Answered, isMany } from "./text.ts";
