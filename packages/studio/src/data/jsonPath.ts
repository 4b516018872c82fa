// What lies inside of JSON objects and lists, by names such as `data[].text`: as the command has it.

/** All that a nested name leads to in the value of its column. */
export function valuesAt(nested: string, value: unknown): unknown[] {
  let values = [value];
  for (const [n, step] of nested.split(".").entries()) {
    const key = step.replace(/(\[\])+$/, "");
    // The first step is the column itself.
    if (n > 0)
      values = values.flatMap((inside) => (isRecord(inside) && Object.hasOwn(inside, key) ? [inside[key]] : []));
    for (let list = (step.length - key.length) / 2; list > 0; list--)
      values = values.flatMap((inside): unknown[] => (Array.isArray(inside) ? inside : []));
  }
  return values.filter((inside) => inside !== undefined);
}

/**
 * The text at a nested name. Pieces of a list are joined as they stand where any of them brings white space along, and with a space
 * otherwise. Null where there is none.
 */
export function textAt(nested: string, value: unknown): string | null {
  const values = valuesAt(nested, value);
  if (values.length === 0) return null;
  const pieces = values.map(asText).filter((piece) => piece !== null);
  if (!nested.includes("[]")) return pieces[0] ?? null;
  const bringsSpace = pieces.some((piece) => /^[\t\n\f\r ]|[\t\n\f\r ]$/.test(piece));
  return pieces.join(bringsSpace ? "" : " ");
}

/** The label at a nested name as JSON, a list where it leads through lists; null where there is none. */
export function labelAt(nested: string, value: unknown): string | null {
  const values = valuesAt(nested, value);
  if (nested.includes("[]")) return JSON.stringify(values);
  return values.length === 0 ? null : JSON.stringify(values[0]);
}

/** A JSON value as text: a string as it is, null as none, all else as it is written. */
export function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
