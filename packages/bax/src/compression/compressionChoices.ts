import { asWritten, BaxError } from "../errors.ts";

/** How the rows of a matrix may be kept: floats, half floats, bytes with a scale a row, or product-quantised. */
export const ROW_KINDS = ["f32", "f16", "int8", "product"] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** How a model is made smaller. */
export interface CompressionOptions {
  /** Rows of A. */
  rows: RowKind;
  /** Rows of B. */
  output: RowKind;
  /** Columns of A that become one byte where rows are product-quantised. */
  subDimension: number;
  /** Whether lengths of rows are quantised apart from their directions, for one byte more. */
  norms: boolean;
  /** Most features to keep, those with the most to say first; 0 for all. */
  features: number;
  /**
   * Whether n-grams that training never saw stop counting as features (of fastText's kind), as in its own smaller files; always so where
   * features are left out.
   */
  dropUnseen: boolean;
  seed: number;
}

const FILES = ["safetensors", "fasttext"] as const;

/** What `compress` is told; what is left out has a default. */
export interface CompressionChoices extends Partial<CompressionOptions> {
  /** Bytes that the file may have. Then the other choices, but `norms` and `seed`, are made to fit. */
  size?: number;
  /** Which file has that size. */
  file?: (typeof FILES)[number];
}

/** What `compress` goes by: nothing is open but whether a size is asked for. */
export type CompleteChoices = CompressionOptions &
  Pick<CompressionChoices, "size"> &
  Required<Pick<CompressionChoices, "file">>;

const DEFAULTS: CompressionOptions = {
  rows: "product",
  output: "f32",
  subDimension: 4,
  norms: true,
  features: 0,
  dropUnseen: false,
  seed: 1,
};

type Check = readonly [isValid: (value: unknown) => boolean, expected: string];

const oneOf = (choices: readonly string[]): Check => [
  (value) => typeof value === "string" && choices.includes(value),
  choices.join(" or "),
];
const atLeast = (least: number): Check => [
  (value) => Number.isSafeInteger(value) && (value as number) >= least,
  `a whole number from ${least}`,
];
const YES_OR_NO: Check = [(value) => typeof value === "boolean", "true or false"];

const CHECKS: Readonly<Record<keyof CompressionChoices, Check>> = {
  rows: oneOf(ROW_KINDS),
  output: oneOf(ROW_KINDS),
  subDimension: atLeast(1),
  norms: YES_OR_NO,
  features: atLeast(0),
  dropUnseen: YES_OR_NO,
  seed: atLeast(0),
  size: [(value) => typeof value === "number" && value >= 1, "a number of bytes from 1"],
  file: oneOf(FILES),
};

/**
 * The choices with a default for each that is left out. Throws a BaxError ("usage") that names a choice that does not exist, or what one
 * got and what it takes.
 */
export function completeChoices(choices: CompressionChoices): CompleteChoices {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(choices)) {
    if (!Object.hasOwn(CHECKS, name)) {
      throw new BaxError(
        "usage",
        `compress has no choice "${name}"`,
        `The choices are ${Object.keys(CHECKS).join(", ")}.`,
      );
    }
    if (value === undefined) continue;
    const [isValid, expected] = CHECKS[name as keyof CompressionChoices];
    if (!isValid(value)) {
      throw new BaxError(
        "usage",
        `${name}: got ${asWritten(value)}, expected ${expected}`,
        `Give ${expected}, or leave ${name} out.`,
      );
    }
    given[name] = value;
  }
  const file = choices.file ?? "safetensors";
  return { ...DEFAULTS, file, dropUnseen: file === "fasttext", ...given };
}
