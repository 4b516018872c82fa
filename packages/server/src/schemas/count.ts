import { z } from "@hono/zod-openapi";

/** A whole number from 1. The document tells the largest, too: JSON has larger ones, which no program here could tell from their neighbours. */
export const count: z.ZodInt = z.int().min(1).openapi({ maximum: Number.MAX_SAFE_INTEGER });
