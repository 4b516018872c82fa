import type { z } from "@hono/zod-openapi";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * Takes a schema for the one of a written type, and does not compile where the two differ: types are written out, so that a client can
 * have them without the schemas.
 */
export function exactly<T>(): <S extends z.ZodType>(
  schema: Same<z.output<S>, T> extends true ? S : never,
) => z.ZodType<T> {
  return (schema) => schema as unknown as z.ZodType<T>;
}
