import { exp, log } from "bax";
import type { MatrixName } from "./step.ts";

/** Where a number stands. */
export interface Cell {
  readonly matrix: MatrixName;
  readonly row: number;
  readonly column: number;
}

/** How a number came about, as a formula that can be written down and worked out again. */
export type Expression =
  | { readonly kind: "cell"; readonly cell: Cell }
  | { readonly kind: "number"; readonly value: number; readonly symbol?: string } // symbol: its letter in TeX
  | { readonly kind: "sum"; readonly terms: readonly Expression[] }
  | { readonly kind: "product"; readonly factors: readonly Expression[] }
  | { readonly kind: "difference"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "quotient"; readonly above: Expression; readonly below: Expression }
  | { readonly kind: "exp" | "log" | "negative"; readonly of: Expression };

/** Works a formula out; `numberOf` knows the number of each cell. */
export function evaluate(expression: Expression, numberOf: (cell: Cell) => number): number {
  const worth = (part: Expression): number => evaluate(part, numberOf);
  switch (expression.kind) {
    case "cell":
      return numberOf(expression.cell);
    case "number":
      return expression.value;
    case "sum":
      return expression.terms.reduce((total, term) => total + worth(term), 0);
    case "product":
      return expression.factors.reduce((total, factor) => total * worth(factor), 1);
    case "difference":
      return worth(expression.left) - worth(expression.right);
    case "quotient":
      return worth(expression.above) / worth(expression.below);
    case "exp":
      return exp(worth(expression.of));
    case "log":
      return log(worth(expression.of));
    case "negative":
      return -worth(expression.of);
  }
}

/** The cells that a formula reads, each once. */
export function cellsOf(expression: Expression): Cell[] {
  const found = new Map<string, Cell>();
  const visit = (part: Expression): void => {
    switch (part.kind) {
      case "cell":
        found.set(cellKey(part.cell), part.cell);
        break;
      case "number":
        break;
      case "sum":
        for (const term of part.terms) visit(term);
        break;
      case "product":
        for (const factor of part.factors) visit(factor);
        break;
      case "difference":
        visit(part.left);
        visit(part.right);
        break;
      case "quotient":
        visit(part.above);
        visit(part.below);
        break;
      default:
        visit(part.of);
    }
  };
  visit(expression);
  return [...found.values()];
}

/** A name for a cell that no other cell has. */
export function cellKey({ matrix, row, column }: Cell): string {
  return `${matrix} ${row} ${column}`;
}

/** What stands for a cell and for a number when a formula is written. */
export interface Writing {
  readonly cell: (cell: Cell) => string;
  readonly number: (value: number, symbol?: string) => string;
}

// How tightly each kind binds; what binds more loosely than its place wants gets brackets.
const SUM = 1;
const PRODUCT = 2;
const ATOM = 3;

/** A formula in TeX. Brackets do not stretch, so that a long one can be broken into lines. */
export function toTeX(expression: Expression, writing: Writing): string {
  return write(expression, writing, 0);
}

function write(expression: Expression, writing: Writing, wanted: number): string {
  const inner = (part: Expression, level: number): string => write(part, writing, level);
  const bracketed = (text: string, level: number): string => (level < wanted ? `(${text})` : text);
  switch (expression.kind) {
    case "cell":
      return bracketNegative(writing.cell(expression.cell), wanted);
    case "number":
      return bracketNegative(writing.number(expression.value, expression.symbol), wanted);
    case "sum":
      return bracketed(expression.terms.map((term) => inner(term, SUM)).join(" + "), SUM);
    case "product":
      return bracketed(expression.factors.map((factor) => inner(factor, PRODUCT)).join(" \\cdot "), PRODUCT);
    case "difference":
      return bracketed(`${inner(expression.left, 0)} - ${inner(expression.right, PRODUCT)}`, SUM);
    case "quotient":
      return `\\frac{${inner(expression.above, 0)}}{${inner(expression.below, 0)}}`;
    case "exp":
      return `e^{${inner(expression.of, 0)}}`;
    case "log":
      return `\\log ${inner(expression.of, ATOM)}`;
    case "negative":
      return bracketed(`-${inner(expression.of, PRODUCT)}`, SUM);
  }
}

/** A negative number inside a formula stands in brackets. */
function bracketNegative(text: string, wanted: number): string {
  return wanted > 0 && text.startsWith("-") ? `(${text})` : text;
}
