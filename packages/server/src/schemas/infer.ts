// The Open Inference Protocol, version 2.
import { z } from "@hono/zod-openapi";
import { count } from "./count.ts";
import { exactly } from "./exactly.ts";

/** The tensor of a request: texts. */
export interface InferInput {
  name: "text";
  /** [n] or [n, 1]. */
  shape: number[];
  datatype: "BYTES";
  /** `binary_data_size`: so many bytes of the body's binary part are its data. */
  parameters?: { [name: string]: unknown; binary_data_size?: number | undefined } | undefined;
  /** One by one, or each in a row of its own. */
  data?: (string | string[])[] | undefined;
}

/** A tensor that is asked for. */
export interface InferWanted {
  name: "label" | "probability";
  /** `binary_data`: whether its data is to be binary. */
  parameters?: { [name: string]: unknown; binary_data?: boolean | undefined } | undefined;
}

/** How to answer. What else clients may say is left aside. */
export interface InferParameters {
  [name: string]: unknown;
  /** Most labels to answer, from 1; 1 unless given. */
  k?: number | undefined;
  /** Least probability to answer, from 0. */
  threshold?: number | undefined;
  /** Whether all data is to be binary unless its tensor says otherwise. */
  binary_data_output?: boolean | undefined;
}

/** Texts to label. */
export interface InferRequest {
  id?: string | undefined;
  parameters?: InferParameters | undefined;
  /** One. */
  inputs: InferInput[];
  outputs?: InferWanted[] | undefined;
}

/** A tensor of an answer. */
export interface InferOutput {
  name: string;
  shape: number[];
  datatype: string;
  parameters?: { binary_data_size: number } | undefined;
  data?: (string | number)[] | undefined;
}

/** Labels of texts, and how likely they are. */
export interface InferAnswer {
  model_name: string;
  model_version: string;
  id?: string | undefined;
  outputs: InferOutput[];
}

/** What the server is. */
export interface ServerMetadata {
  name: string;
  version: string;
  extensions: string[];
}

/** A tensor as the model's description has it; −1 for any number. */
export interface TensorMetadata {
  name: string;
  datatype: string;
  shape: number[];
}

/** What a model takes and gives. */
export interface ModelMetadata {
  name: string;
  versions: string[];
  platform: string;
  inputs: TensorMetadata[];
  outputs: TensorMetadata[];
}

/** Whether a model answers. */
export interface ModelReady {
  name: string;
  ready: boolean;
}

const input = z.object({
  name: z.literal("text"),
  shape: z
    .array(count)
    .min(1)
    .max(2)
    .openapi({ description: "[n] or [n, 1].", example: [1] }),
  datatype: z.literal("BYTES"),
  parameters: z
    .looseObject({ binary_data_size: z.int().min(0).openapi({ maximum: Number.MAX_SAFE_INTEGER }).optional() })
    .optional()
    .openapi({ description: "binary_data_size: how many bytes behind the JSON are the tensor's data." }),
  data: z
    .array(z.union([z.string(), z.array(z.string()).min(1).max(1)]))
    .min(1)
    .optional()
    .openapi({ example: ["my card never arrived"] }),
});

const wanted = z.object({
  name: z.enum(["label", "probability"]),
  parameters: z.looseObject({ binary_data: z.boolean().optional() }).optional(),
});

export const inferRequest: z.ZodType<InferRequest> = exactly<InferRequest>()(
  z
    .object({
      id: z.string().optional(),
      parameters: z
        .looseObject({
          k: count.optional().openapi({ description: "Most labels to answer; 1 unless given." }),
          threshold: z.number().min(0).optional().openapi({ description: "Least probability to answer." }),
          binary_data_output: z.boolean().optional(),
        })
        .optional(),
      inputs: z.array(input).min(1).max(1),
      outputs: z.array(wanted).optional().openapi({ description: "Both unless given." }),
    })
    .openapi("InferRequest"),
);
export const inferAnswer: z.ZodType<InferAnswer> = exactly<InferAnswer>()(
  z
    .strictObject({
      model_name: z.string(),
      model_version: z.string(),
      id: z.string().optional(),
      outputs: z.array(
        z.strictObject({
          name: z.string(),
          shape: z.array(z.int()),
          datatype: z.string(),
          parameters: z.strictObject({ binary_data_size: z.int() }).optional(),
          data: z.array(z.union([z.string(), z.number()])).optional(),
        }),
      ),
    })
    .openapi("InferAnswer"),
);
export const serverMetadata: z.ZodType<ServerMetadata> = exactly<ServerMetadata>()(
  z.strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }).openapi("ServerMetadata"),
);
const tensor = z.strictObject({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
export const modelMetadata: z.ZodType<ModelMetadata> = exactly<ModelMetadata>()(
  z
    .strictObject({
      name: z.string(),
      versions: z.array(z.string()),
      platform: z.string(),
      inputs: z.array(tensor),
      outputs: z.array(tensor),
    })
    .openapi("ModelMetadata"),
);
export const modelReady: z.ZodType<ModelReady> = exactly<ModelReady>()(
  z.strictObject({ name: z.string(), ready: z.boolean() }).openapi("ModelReady"),
);
