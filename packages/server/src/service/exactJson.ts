/**
 * Writes JSON that reads back to the very same numbers: minus zero too, which `JSON.stringify` writes as 0. For what comes of the model's
 * arithmetic: plain objects, arrays, strings, numbers, booleans, null; undefined fields are left out.
 */
export function exactJson(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(exactJson).join(",")}]`;
  const fields: string[] = [];
  for (const name of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined) fields.push(`${JSON.stringify(name)}:${exactJson(field)}`);
  }
  return `{${fields.join(",")}}`;
}
