import { z } from "@hono/zod-openapi";
import { exactly } from "./exactly.ts";

/** Whether the process lives, or takes requests. */
export interface Health {
  status: "ok" | "stopping" | "loading";
}

/** Whether the process lives, for clients of the Open Inference Protocol. */
export interface Live {
  live: boolean;
}

/** Whether all models answer, for clients of the Open Inference Protocol. */
export interface Ready {
  ready: boolean;
}

export const health: z.ZodType<Health> = exactly<Health>()(
  z.strictObject({ status: z.enum(["ok", "stopping", "loading"]) }).openapi("Health"),
);
export const live: z.ZodType<Live> = exactly<Live>()(z.strictObject({ live: z.boolean() }).openapi("Live"));
export const ready: z.ZodType<Ready> = exactly<Ready>()(z.strictObject({ ready: z.boolean() }).openapi("Ready"));
