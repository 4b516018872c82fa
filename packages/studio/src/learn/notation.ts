import type { Cell, Writing } from "./expression.ts";
import type { Lesson } from "./lesson.ts";
import { at } from "./matrix.ts";
import type { MatrixName } from "./step.ts";

/** A_{i,p} in TeX; `word` and `i` from 0. The matrix is kept transposed, the letter's order is that of the derivation. */
export function embeddingSymbol(word: number, i: number): string {
  return `A_{${i + 1},${word + 1}}`;
}

/** B_{j,i} in TeX; from 0. */
export function outputSymbol(label: number, i: number): string {
  return `B_{${label + 1},${i + 1}}`;
}

/** The letter of a matrix in plain text. */
export const LETTERS: Readonly<Record<MatrixName, string>> = {
  features: "x",
  target: "y",
  embeddings: "A",
  output: "B",
  hidden: "h",
  logits: "s",
  probabilities: "ŷ",
  loss: "L",
  meanLoss: "mean L",
  dLogits: "∂L/∂s",
  dOutput: "∂L/∂B",
  dHidden: "∂L/∂h",
  dEmbeddings: "∂L/∂A",
  newEmbeddings: "new A",
  newOutput: "new B",
};

/** The letter of a cell in TeX, with the number of its sentence above where the step has several. */
export function cellSymbol(lesson: Lesson, { matrix, row, column }: Cell): string {
  const { batch } = lesson.step;
  const above = batch.length > 1 ? `^{(${(batch[column] ?? 0) + 1})}` : "";
  const one = (letter: string): string => `${letter}_{${row + 1}}${above}`;
  const slope = (below: string): string => `\\frac{\\partial L${above}}{\\partial ${below}}`;
  const meanSlope = (below: string): string => `\\frac{\\partial L}{\\partial ${below}}`;
  switch (matrix) {
    case "features":
      return one("x");
    case "target":
      return one("y");
    case "hidden":
      return one("h");
    case "logits":
      return one("s");
    case "probabilities":
      return one("\\hat y");
    case "loss":
      return `L${above}`;
    case "meanLoss":
      return "L";
    case "dLogits":
      return slope(one("s"));
    case "dHidden":
      return slope(one("h"));
    case "embeddings":
      return embeddingSymbol(row, column);
    case "newEmbeddings":
      return `${embeddingSymbol(row, column)}^{\\text{new}}`;
    case "dEmbeddings":
      return meanSlope(embeddingSymbol(row, column));
    case "output":
      return outputSymbol(row, column);
    case "newOutput":
      return `${outputSymbol(row, column)}^{\\text{new}}`;
    case "dOutput":
      return meanSlope(outputSymbol(row, column));
  }
}

/** What a row and a column of a matrix are, in words. */
export function headersOf(lesson: Lesson, matrix: MatrixName): { readonly rows: string[]; readonly columns: string[] } {
  const { problem, settings, step } = lesson;
  const hidden = Array.from({ length: settings.dimension }, (_, i) => `${i + 1}`);
  const words = problem.words.map((word, p) => `${p + 1} ${word}`);
  const labels = problem.labels.map((label, j) => `${j + 1} ${label}`);
  const sentences = step.batch.map((n) => `(${n + 1})`);
  switch (matrix) {
    case "features":
      return { rows: words, columns: sentences };
    case "embeddings":
    case "newEmbeddings":
    case "dEmbeddings":
      return { rows: words, columns: hidden };
    case "output":
    case "newOutput":
    case "dOutput":
      return { rows: labels, columns: hidden };
    case "hidden":
    case "dHidden":
      return { rows: hidden, columns: sentences };
    case "loss":
      return { rows: ["L"], columns: sentences };
    case "meanLoss":
      return { rows: ["L"], columns: ["mean"] };
    default:
      return { rows: labels, columns: sentences };
  }
}

/** A cell in words, for whoever hears the page. */
export function cellInWords(lesson: Lesson, { matrix, row, column }: Cell): string {
  const { rows, columns } = headersOf(lesson, matrix);
  if (matrix === "meanLoss") return "mean loss of the step";
  const where = columns[column]?.startsWith("(")
    ? `sentence ${columns[column].slice(1, -1)}`
    : `column ${columns[column]}`;
  return matrix === "loss" ? `loss of ${where}` : `${LETTERS[matrix]}, row ${rows[row]}, ${where}`;
}

/** A number in few characters, with a true minus sign: 0.31, −1.20, 0.004, 3e−5. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return signed(`${value === 0 ? 0 : value}`);
  if (size < 0.0005) return signed(value.toExponential(0).replace("e-", "e−"));
  return signed(value.toFixed(size < 0.0995 ? 3 : 2));
}

/** A number with four places in TeX, or as a power of ten where that shows nothing. */
export function numberInTeX(value: number): string {
  if (Number.isInteger(value)) return `${value === 0 ? 0 : value}`;
  if (Math.abs(value) >= 0.001) return value.toFixed(4).replace(/\.?0+$/, "");
  return powerInTeX(value, 2);
}

/** A number as a power of ten in TeX: 3.1 · 10^{−5}. */
export function powerInTeX(value: number, places: number): string {
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(places).split("e");
  return `${digits} \\cdot 10^{${Number(power)}}`;
}

/** A formula with letters. */
export function inSymbols(lesson: Lesson): Writing {
  return { cell: (cell) => cellSymbol(lesson, cell), number: (value, symbol) => symbol ?? numberInTeX(value) };
}

/** The same formula with numbers in the place of letters; a fraction such as 1/6 stays one. */
export function inNumbers(lesson: Lesson): Writing {
  return {
    cell: ({ matrix, row, column }) => numberInTeX(at(lesson.step.values[matrix], row, column)),
    number: (value, symbol) => (symbol?.startsWith("\\tfrac") ? symbol : numberInTeX(value)),
  };
}

function signed(text: string): string {
  return text.replace(/^-/, "−");
}

/** The letter of a matrix in TeX. */
export const MATRIX_SYMBOLS: Readonly<Record<MatrixName, string>> = {
  features: "x",
  target: "y",
  embeddings: "A^{\\mathsf T}",
  output: "B",
  hidden: "h",
  logits: "s",
  probabilities: "\\hat y",
  loss: "L",
  meanLoss: "\\text{mean } L",
  dLogits: "\\partial L / \\partial s",
  dOutput: "\\partial L / \\partial B",
  dHidden: "\\partial L / \\partial h",
  dEmbeddings: "(\\partial L / \\partial A)^{\\mathsf T}",
  newEmbeddings: "\\text{new } A^{\\mathsf T}",
  newOutput: "\\text{new } B",
};

/** What a matrix is, in a few words. */
export const MATRIX_CAPTIONS: Readonly<Record<MatrixName, string>> = {
  features: "weights",
  target: "the truth",
  embeddings: "a row a word",
  output: "a row a label",
  hidden: "the text",
  logits: "scores",
  probabilities: "probabilities",
  loss: "losses",
  meanLoss: "the step",
  dLogits: "by scores",
  dOutput: "by B",
  dHidden: "by h",
  dEmbeddings: "by A",
  newEmbeddings: "after the step",
  newOutput: "after the step",
};
