import { z } from "@hono/zod-openapi";

/** One text, which may be empty. */
export const text: z.ZodString = z
  .string()
  .openapi({ description: "Any text, also an empty one.", example: "my card never arrived" });

/** Some texts, in the order of the answers. */
export const texts: z.ZodArray<z.ZodString> = z
  .array(z.string())
  .min(1)
  .openapi({ description: "Texts; the answers come in their order.", example: ["my card never arrived", "thank you"] });

/** Names of labels that the model has. */
export const labels: z.ZodArray<z.ZodString> = z.array(z.string()).min(1);

/** Which model answered; the same in every answer that is about texts. */
export interface Answered {
  /** The model's name. */
  model: string;
  /** Which version of it answered: the beginning of its fingerprint. */
  version: string;
}

/** `Answered` as fields of a schema. */
export const answered: { model: z.ZodString; version: z.ZodString } = {
  model: z.string().openapi({ description: "The model's name." }),
  version: z.string().openapi({ description: "Which version of it answered: the beginning of its fingerprint." }),
};

/** Whether a request is about many texts; where it is neither that nor about one, its refusal speaks of `text`. */
export function isMany(body: unknown): boolean {
  return typeof body === "object" && body !== null && "texts" in body;
}
