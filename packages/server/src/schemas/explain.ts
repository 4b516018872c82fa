import { z } from "@hono/zod-openapi";
import { exactly } from "./exactly.ts";
import { type Answered, answered, text, texts } from "./text.ts";

/** What is to be explained, as in the library. */
export interface ExplainChoices {
  /** The label; unless given the best one of each text. */
  label?: string | undefined;
  /** The label that it is held against, or "runner-up" for the best of the others. */
  against?: string | undefined;
  /** Whether every feature is listed as well. */
  features?: boolean | undefined;
}

/** A question about one text. */
export interface ExplainOneRequest extends ExplainChoices {
  text: string;
}

/** A question about many texts. */
export interface ExplainManyRequest extends ExplainChoices {
  texts: string[];
}

/** What a stretch of the text adds to the logit. Offsets count UTF-16 code units, as JavaScript's strings do. */
export interface ExplainedSpan {
  start: number;
  end: number;
  text: string;
  contribution: number;
}

/** What one feature adds to the logit. */
export interface ExplainedFeature extends ExplainedSpan {
  kind: "word" | "word n-gram" | "character n-gram";
  /** Whether training saw the feature. */
  known: boolean;
  /** Other features of the text that the model cannot tell from it. */
  collidesWith: string[];
}

/** Why a text has a label; contributions of the spans sum to the logit. */
export interface TextExplanation {
  label: string;
  against: string | null;
  probability: number;
  logit: number;
  /** What calibration adds to the logit whatever the text. */
  bias: number;
  spans: ExplainedSpan[];
  /** Where they were asked for. */
  features?: ExplainedFeature[] | undefined;
}

/** The answer for one text. */
export interface ExplainOneAnswer extends Answered, TextExplanation {}

/** The answers for many, in their order. */
export interface ExplainManyAnswer extends Answered {
  results: TextExplanation[];
}

const choices = {
  label: z.string().optional().openapi({ description: "The label to explain; unless given the best of each text." }),
  against: z
    .string()
    .optional()
    .openapi({ description: 'The label that it is held against, or "runner-up" for the best of the others.' }),
  features: z.boolean().optional().openapi({ description: "Whether every feature is listed as well." }),
};

const stretch = {
  start: z.int().min(0),
  end: z.int().min(0),
  text: z.string(),
  contribution: z.number(),
};

const explanation = {
  label: z.string(),
  against: z.string().nullable(),
  probability: z.number(),
  logit: z.number().openapi({ description: "The sum of the contributions." }),
  bias: z.number().openapi({ description: "What calibration adds to the logit whatever the text." }),
  spans: z
    .array(z.strictObject(stretch).openapi("Span"))
    .openapi({ description: "Stretches of the text; offsets count UTF-16 code units." }),
  features: z
    .array(
      z
        .strictObject({
          ...stretch,
          kind: z.enum(["word", "word n-gram", "character n-gram"]),
          known: z.boolean().openapi({ description: "Whether training saw it." }),
          collidesWith: z.array(z.string()),
        })
        .openapi("Feature"),
    )
    .optional(),
};

export const explainOneRequest: z.ZodType<ExplainOneRequest> = exactly<ExplainOneRequest>()(
  z.strictObject({ text, ...choices }).openapi("ExplainOneRequest"),
);
export const explainManyRequest: z.ZodType<ExplainManyRequest> = exactly<ExplainManyRequest>()(
  z.strictObject({ texts, ...choices }).openapi("ExplainManyRequest"),
);
export const explainOneAnswer: z.ZodType<ExplainOneAnswer> = exactly<ExplainOneAnswer>()(
  z.strictObject({ ...answered, ...explanation }).openapi("ExplainOneAnswer"),
);
export const explainManyAnswer: z.ZodType<ExplainManyAnswer> = exactly<ExplainManyAnswer>()(
  z
    .strictObject({ ...answered, results: z.array(z.strictObject(explanation).openapi("Explanation")) })
    .openapi("ExplainManyAnswer"),
);
