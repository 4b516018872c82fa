import { z } from "@hono/zod-openapi";
import { count } from "./count.ts";
import { exactly } from "./exactly.ts";
import { type Answered, answered, labels, text, texts } from "./text.ts";

/** When to give no answer at all; any of the reasons is enough. */
export interface AbstainRequest {
  /** The best label is less likely than this, 0 to 1. */
  probability?: number | undefined;
  /** The best label is less than this more likely than the second, 0 to 1. */
  margin?: number | undefined;
  /** More than this share of the text's features is unknown to the model, 0 to 1. */
  unknown?: number | undefined;
}

/** How to answer, as in the library. */
export interface PredictChoices {
  /** Most labels to answer, from 1; 1 unless given. */
  k?: number | undefined;
  /** Least probability to answer, from 0; unless given the model's own thresholds, or 0. */
  threshold?: number | undefined;
  /** The only labels to answer. */
  labels?: string[] | undefined;
  /** When to give no answer. */
  abstain?: AbstainRequest | undefined;
  /** Whether scores are taken as they are: not calibrated, and without the model's own thresholds. */
  raw?: boolean | undefined;
}

/** What is asked of one text. */
export interface PredictOneRequest extends PredictChoices {
  text: string;
}

/** What is asked of many texts. */
export interface PredictManyRequest extends PredictChoices {
  texts: string[];
}

/** A label and how likely it is, 0 to 1; the very number that the library answers. */
export interface PredictedLabel {
  label: string;
  probability: number;
}

/** The labels of a text, best first; none where the model abstains or nothing is likely enough. */
export interface TextPredictions {
  predictions: PredictedLabel[];
}

/** The answer to one text. */
export interface PredictOneAnswer extends Answered, TextPredictions {}

/** The answers to many, in their order. */
export interface PredictManyAnswer extends Answered {
  results: TextPredictions[];
}

const share = z.number().min(0).max(1).optional();

const choices = {
  k: count.optional().openapi({ description: "Most labels to answer; 1 unless given.", example: 3 }),
  threshold: z
    .number()
    .min(0)
    .optional()
    .openapi({ description: "Least probability to answer; unless given the model's own thresholds, or 0." }),
  labels: labels
    .optional()
    .openapi({ description: "The only labels to answer; probabilities are as if there were no others." }),
  abstain: z
    .strictObject({
      probability: share.openapi({ description: "No answer where the best label is less likely than this." }),
      margin: share.openapi({ description: "No answer where the best is less than this more likely than the second." }),
      unknown: share.openapi({ description: "No answer where more than this share of the text is unknown." }),
    })
    .optional()
    .openapi({ description: "When to give no answer at all; any of the reasons is enough." }),
  raw: z
    .boolean()
    .optional()
    .openapi({ description: "Scores as they are: not calibrated, without the model's own thresholds." }),
};

const predictions = z.array(
  z
    .strictObject({
      label: z.string(),
      probability: z.number().openapi({ description: "0 to 1." }),
    })
    .openapi("Prediction"),
);

export const predictOneRequest: z.ZodType<PredictOneRequest> = exactly<PredictOneRequest>()(
  z.strictObject({ text, ...choices }).openapi("PredictOneRequest"),
);
export const predictManyRequest: z.ZodType<PredictManyRequest> = exactly<PredictManyRequest>()(
  z.strictObject({ texts, ...choices }).openapi("PredictManyRequest"),
);
export const predictOneAnswer: z.ZodType<PredictOneAnswer> = exactly<PredictOneAnswer>()(
  z.strictObject({ ...answered, predictions }).openapi("PredictOneAnswer"),
);
export const predictManyAnswer: z.ZodType<PredictManyAnswer> = exactly<PredictManyAnswer>()(
  z.strictObject({ ...answered, results: z.array(z.strictObject({ predictions })) }).openapi("PredictManyAnswer"),
);
/** An answer within a stream of lines; which model answers stands in the headers. */
export const textPredictions: z.ZodType<TextPredictions> = exactly<TextPredictions>()(
  z.strictObject({ predictions }).openapi("TextPredictions"),
);
