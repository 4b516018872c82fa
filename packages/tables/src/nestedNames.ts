// What lies inside of objects and lists in a table's columns, by names such as `data[].text`.

/** Names of texts and numbers, and of lists of them, inside of objects and lists: `meta.label`, `data[].text`. */
export function nestedNames(entries: readonly (readonly [string, unknown])[]): string[] {
  const found = new Set<string>();
  const visit = (name: string, value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null) {
      if (depth > 0 && value !== null && value !== undefined) found.add(name);
    } else if (depth < 4) {
      // The first few items of a list are like the others.
      if (Array.isArray(value)) for (const item of value.slice(0, 10)) visit(`${name}[]`, item, depth + 1);
      else for (const [key, item] of Object.entries(value)) visit(`${name}.${key}`, item, depth + 1);
    }
  };
  for (const [name, value] of entries) visit(name, value, 0);
  return [...found];
}

/** The column that a nested name begins with. */
export function columnOf(nested: string): string {
  return nested.split(/\.|\[\]/, 1)[0];
}
