import { BaxError } from "../errors.ts";

/** What an error of the file system means to a reader, and what to do about it: `otherwise` where the path is not of the user's choice. */
export function refused(path: string, cause: unknown, doing: string, otherwise?: string): BaxError {
  const code = (cause as { code?: string }).code;
  const [what, advice] = {
    ENOENT: ["there is no such file", "Check the path; relative paths start at the current folder."],
    EISDIR: ["this is a folder", "Name a file in it."],
    EACCES: ["permission denied", "Check who may read or write there."],
    EROFS: ["the file system is read-only", "Choose another folder."],
    ENOSPC: ["the disk is full", "Free some space or choose another folder; nothing was changed."],
    EDQUOT: ["the disk quota is used up", "Free some space or choose another folder; nothing was changed."],
    EFBIG: [
      "the file would be larger than allowed here",
      "Choose another folder, or raise the limit (ulimit -f); nothing was changed.",
    ],
    ENOTDIR: ["a part of the path is no folder", "Check the path."],
  }[code ?? ""] ?? [`${doing} failed (${code ?? String(cause)})`, "Check the path and the disk."];
  return new BaxError("file", `${path}: ${what}`, otherwise ?? advice, { cause });
}
