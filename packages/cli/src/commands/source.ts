/** Flags that name what training reads, in the order in which a command line shows them. */
const NAMING = [
  ["--format", "format"],
  ["--text", "text"],
  ["--label", "label"],
  ["--label-separator", "labelSeparator"],
  ["--weight", "weight"],
  ["--table", "table"],
  ["--database", "database"],
  ["--on-error", "onError"],
  ["--init", "init"],
  ["--pretrained", "pretrained"],
] as const;

/**
 * The arguments of a command that say what it reads, for the model to remember. `more`: files behind flags that may also hold other
 * values.
 */
export function sourceArguments(
  data: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, string | undefined>>,
): string[] {
  const found = NAMING.flatMap(([flag, key]) => (typeof flags[key] === "string" ? [flag, flags[key]] : []));
  const others = Object.entries(more).flatMap(([flag, file]) => (file === undefined ? [] : [flag, file]));
  return [...data, ...found, ...others];
}
