/** A command as a line to copy: words that a shell would take apart or change are quoted (POSIX shells). */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:,@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
