/** 0.9213 → "92.1 %"; a dash for what there is none of. */
export function percent(share: number | null | undefined, digits: number = 1): string {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(digits)} %`;
}

/** A probability: with more digits where one digit would make it look certain. */
export function sureness(probability: number): string {
  return percent(probability, probability > 0.999 && probability < 1 ? 3 : 1);
}

/** 12345.5 → "12,345.5". */
export function number(value: number | null | undefined, digits: number = 1): string {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en-GB", { maximumFractionDigits: digits });
}

/** "1 text", "2,000 texts". */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** "+0.5210", "−1.0200". */
export function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

/** Bytes in powers of 1,000. */
export function fileSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${number(bytes / 1000 ** unit, unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/** "0.4 s", "12 s", "3 min 20 s". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** "word n-gram" → "Word n-gram". */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
