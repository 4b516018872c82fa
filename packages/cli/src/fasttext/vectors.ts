import type { FastTextModel } from "bax";
import { loadModel, Output, parseK } from "./asked.ts";
import { readRawLines, readWords } from "./lines.ts";
import { general, vectorText } from "./numbers.ts";

/** `print-word-vectors`: the vector of every word of standard input. */
export async function printWordVectors([file]: readonly string[]): Promise<void> {
  const model = await loadModel(file);
  const output = new Output();
  for await (const words of readWords("-")) {
    for (const word of words) await output.add(`${word} ${vectorText(model.wordVector(word))}\n`);
    await output.flush();
  }
}

/** `print-sentence-vectors`: the vector of every line of standard input. */
export async function printSentenceVectors([file]: readonly string[]): Promise<void> {
  const model = await loadModel(file);
  const output = new Output();
  for await (const lines of readRawLines("-", model.supervised)) {
    for (const { bytes, lineEnd } of lines) await output.add(`${vectorText(model.sentenceVector(bytes, lineEnd))}\n`);
    await output.flush();
  }
}

/** `print-ngrams`: the parts that make a word's vector. */
export async function printNgrams([file, word]: readonly string[]): Promise<void> {
  const model = await loadModel(file);
  const output = new Output();
  for (const { text, vector } of model.ngrams(word)) await output.add(`${text} ${vectorText(vector)}\n`);
  await output.flush();
}

/** `nn`: asks for words and answers with the nearest. */
export async function nearestNeighbours(args: readonly string[]): Promise<void> {
  const k = parseK(args[1], 10);
  const model = await loadModel(args[0]);
  const prompt = "Query word? ";
  const output = new Output();
  await output.add(prompt);
  await output.flush();
  for await (const words of readWords("-")) {
    for (const word of words) {
      await output.add(`${neighbours(model, model.wordVector(word), k, [word])}${prompt}`);
    }
    await output.flush();
  }
}

/** `analogies`: asks for three words A, B, C and answers with what is nearest to A − B + C. */
export async function analogies(args: readonly string[]): Promise<void> {
  const [file] = args;
  const k = parseK(args[1], 10);
  const prompt = "Query triplet (A - B + C)? ";
  const output = new Output();
  await output.add(`Loading model ${file}\n`);
  const model = await loadModel(file);
  await output.add(prompt);
  await output.flush();
  const asked: string[] = [];
  for await (const words of readWords("-")) {
    for (const word of words) {
      if (asked.push(word) < 3) continue;
      const [a, b, c] = asked.splice(0);
      await output.add(`${neighbours(model, analogy(model, a, b, c), k, [a, b, c])}${prompt}`);
    }
    await output.flush();
  }
}

/** A − B + C of vectors that are first brought to length 1. */
function analogy(model: FastTextModel, a: string, b: string, c: string): Float32Array {
  const query = new Float32Array(model.dimension);
  for (const [word, sign] of [
    [a, 1],
    [b, -1],
    [c, 1],
  ] as const) {
    const vector = model.wordVector(word);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    // The small number keeps a vector of zeros from becoming NaN.
    for (let i = 0; i < query.length; i++) query[i] += (sign * vector[i]) / (length + 1e-8);
  }
  return query;
}

function neighbours(model: FastTextModel, query: Float32Array, k: number, banned: readonly string[]): string {
  return model
    .nearest(query, Math.max(0, k), new Set(banned))
    .map(({ word, similarity }) => `${word} ${general(similarity)}\n`)
    .join("");
}
