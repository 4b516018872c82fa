// How the page writes numbers and sentences.

/** With a capital letter at the beginning, unless that is the name of a file. */
export function capital(text: string): string {
  if (/^[^\s:]*\.\w+(:|\s|$)/.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A share, 0 to 1, as percent with one decimal. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 1) return "under a second";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** Bytes in megabytes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
