import { BaxError } from "bax";

/** What one request may ask, and how long it may take. */
export interface Limits {
  /** Bytes of a body; a stream of lines may have any number. */
  bodyBytes: number;
  /** Bytes of a line of a stream. */
  lineBytes: number;
  /** Texts of a request. */
  texts: number;
  /** UTF-16 code units of a text. */
  characters: number;
  /** Labels that are answered to all texts of a request together. */
  answers: number;
  /** Texts of a request for explanations, each of which takes long. */
  explainedTexts: number;
  /** UTF-16 code units of a text that is to be explained: that takes some ten microseconds each, in which nobody else is answered. */
  explainedCharacters: number;
  /** Milliseconds until a request is answered or refused; the header `X-Deadline-Ms` may ask for less. */
  deadline: number;
  /** Requests that may be under way at once with one API key; any number unless given. */
  requestsPerKey: number;
}

/** The limits unless others are given. */
export const DEFAULT_LIMITS: Readonly<Limits> = {
  bodyBytes: 1 << 20,
  lineBytes: 1 << 20,
  texts: 1000,
  characters: 100_000,
  answers: 100_000,
  explainedTexts: 32,
  explainedCharacters: 10_000,
  deadline: 10_000,
  requestsPerKey: Number.POSITIVE_INFINITY,
};

/** Fills in what is left out. Throws a BaxError ("usage") for a limit that is none. */
export function limitsOf(given: Partial<Limits> = {}): Limits {
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    const value = given[name];
    if (value === undefined) continue;
    if (!(value >= 1 && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY)))
      throw new BaxError("usage", `limit ${name}: got ${value}, expected a whole number from 1`, "Leave it out.");
    limits[name] = value;
  }
  return limits;
}
