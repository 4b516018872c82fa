import { z } from "@hono/zod-openapi";
import { exactly } from "./exactly.ts";
import { type Answered, answered, labels, text, texts } from "./text.ts";

/** Which scores, as in the library. */
export interface ScoreChoices {
  /** The only labels; probabilities are as if there were no others. All unless given. */
  labels?: string[] | undefined;
  /** Whether scores are not calibrated. */
  raw?: boolean | undefined;
}

/** One text to score. */
export interface ScoreOneRequest extends ScoreChoices {
  text: string;
}

/** Texts to score. */
export interface ScoreManyRequest extends ScoreChoices {
  texts: string[];
}

/** How a label scores. */
export interface LabelScore {
  label: string;
  logit: number;
  /** In nats. */
  logProbability: number;
  /** 0 to 1. */
  probability: number;
}

/** The scores of a text, in the model's order of labels. */
export interface TextScores {
  scores: LabelScore[];
}

/** The answer to one text. */
export interface ScoreOneAnswer extends Answered, TextScores {}

/** The answers to many, in their order. */
export interface ScoreManyAnswer extends Answered {
  results: TextScores[];
}

const choices = {
  labels: labels.optional().openapi({ description: "The only labels to score; all unless given." }),
  raw: z.boolean().optional().openapi({ description: "Scores as they are, not calibrated." }),
};

const scores = z
  .array(
    z
      .strictObject({
        label: z.string(),
        logit: z.number(),
        logProbability: z.number().openapi({ description: "In nats." }),
        probability: z.number().openapi({ description: "0 to 1." }),
      })
      .openapi("Score"),
  )
  .openapi({ description: "In the model's order of labels." });

export const scoreOneRequest: z.ZodType<ScoreOneRequest> = exactly<ScoreOneRequest>()(
  z.strictObject({ text, ...choices }).openapi("ScoreOneRequest"),
);
export const scoreManyRequest: z.ZodType<ScoreManyRequest> = exactly<ScoreManyRequest>()(
  z.strictObject({ texts, ...choices }).openapi("ScoreManyRequest"),
);
export const scoreOneAnswer: z.ZodType<ScoreOneAnswer> = exactly<ScoreOneAnswer>()(
  z.strictObject({ ...answered, scores }).openapi("ScoreOneAnswer"),
);
export const scoreManyAnswer: z.ZodType<ScoreManyAnswer> = exactly<ScoreManyAnswer>()(
  z.strictObject({ ...answered, results: z.array(z.strictObject({ scores })) }).openapi("ScoreManyAnswer"),
);
