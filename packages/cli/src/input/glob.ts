import { readdir } from "node:fs/promises";
import path from "node:path";

/** Whether a path holds a wildcard: `*`, `?` or `[…]`. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/**
 * The files that a pattern matches, sorted by name so that the order never depends on the file system.
 *
 * `*` and `?` stay inside one folder, `[a-z]` is one character, `**` is any number of folders. Names that start with a dot are
 * matched only by a pattern that says so. (Node 20 has no glob of its own.)
 */
export async function expandGlob(pattern: string): Promise<string[]> {
  const parts = pattern.split(/[\\/]/);
  const root = parts[0] === "" ? "/" : /^[A-Za-z]:$/.test(parts[0]) ? `${parts[0]}/` : "";
  let found = [root];
  for (const [n, part] of (root === "" ? parts : parts.slice(1)).entries()) {
    const last = n === (root === "" ? parts : parts.slice(1)).length - 1;
    const next: string[] = [];
    for (const folder of found) {
      if (part === "**") next.push(folder, ...(await foldersBelow(folder)));
      else if (!isGlob(part)) next.push(path.join(folder, part));
      else next.push(...(await matching(folder, part, last)));
    }
    found = next;
  }
  return [...new Set(found)].sort();
}

async function matching(folder: string, part: string, wantFiles: boolean): Promise<string[]> {
  const name = new RegExp(`^${part.startsWith(".") ? "" : "(?!\\.)"}${toRegExp(part)}$`, "su");
  const entries = await entriesOf(folder);
  return entries
    .filter((entry) => name.test(entry.name) && (wantFiles ? !entry.isDirectory() : !entry.isFile()))
    .map((entry) => path.join(folder, entry.name));
}

async function foldersBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const below = path.join(folder, entry.name);
    found.push(below, ...(await foldersBelow(below)));
  }
  return found;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder === "" ? "." : folder, { withFileTypes: true });
  } catch {
    return []; // a folder that cannot be read matches nothing
  }
}

function toRegExp(part: string): string {
  return part.replace(/\[!?[^\]]*\]|[\s\S]/gu, (token) => {
    if (token === "*") return ".*";
    if (token === "?") return ".";
    if (token.length > 2 && token.startsWith("[")) {
      return `[${token
        .slice(1, -1)
        .replace(/^!/, "^")
        .replace(/[\\[\]]/g, "\\$&")}]`;
    }
    return /[\\^$.*+?()[\]{}|/]/.test(token) ? `\\${token}` : token;
  });
}
