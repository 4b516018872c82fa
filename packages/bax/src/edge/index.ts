export { type Prediction, type PredictOptions, TextPredictor } from "./textPredictor.ts";
