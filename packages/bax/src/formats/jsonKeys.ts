/**
 * The first key that occurs twice in one object of a JSON text, or null.
 *
 * `JSON.parse` keeps the last of two equal keys in silence, so two readers of a file could see two different tensors. `text` must
 * be valid JSON already: the walk only tells strings, brackets and colons apart.
 */
export function findRepeatedKey(text: string): string | null {
  const open: (Set<string> | null)[] = []; // one entry an open bracket: the keys so far, or null for an array
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "{") open.push(new Set());
    else if (c === "[") open.push(null);
    else if (c === "}" || c === "]") open.pop();
    else if (c === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys && text[afterSpaces(text, end)] === ":") {
        const key = JSON.parse(text.slice(i, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return null;
}

/** Index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i + 1;
}

function afterSpaces(text: string, start: number): number {
  let i = start;
  while (text[i] === " " || text[i] === "\t" || text[i] === "\n" || text[i] === "\r") i++;
  return i;
}
