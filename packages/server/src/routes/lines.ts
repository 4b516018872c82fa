import { type Line, LineReader } from "@bax/tables";
import { BaxError, type Prediction, type PredictOptions } from "bax";
import { type Answer, type Exchange, LINES_TYPE, parseJson, requireAccepted } from "../http/index.ts";
import { Problem } from "../problem.ts";
import { predictOneRequest } from "../schemas/index.ts";
import type { Call, ModelVersion } from "../service/index.ts";
import { answersPerText, optionsOf } from "./predictions.ts";
import { requestOf } from "./reading.ts";

/** What lines of JSON are called. */
export const LINE_TYPES: ReadonlySet<string> = new Set([LINES_TYPE, "application/jsonl", "application/x-jsonlines"]);

/** Lines that are answered together. */
const LINES_AT_ONCE = 256;
/** Bytes of answers that are sent together. */
const PART_BYTES = 1 << 16;

/** A line that was read: a question, or what is wrong with it. */
type Question = { text: string; options: PredictOptions } | { problem: Problem };

const encoder = new TextEncoder();

/**
 * Answers lines as they come, each by a line, in their order. Nothing is read while nobody takes the answers, so that a stream needs the
 * memory of some lines, however long it is. All of it is answered by one version of the model.
 */
export async function predictLines(exchange: Exchange, model: ModelVersion): Promise<Answer> {
  requireAccepted(exchange.headers, LINES_TYPE);
  const version = await model.version;
  const source = exchange.arrival.stream();
  const parts = source ? answersTo(exchange, model, source) : nothing();
  return {
    status: 200,
    type: LINES_TYPE,
    headers: { "x-model-version": version },
    body: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const part = await parts.next();
          if (part.done) controller.close();
          else controller.enqueue(encoder.encode(part.value));
        },
        async cancel() {
          await parts.return(undefined);
        },
      },
      { highWaterMark: 0 },
    ),
  };
}

async function* nothing(): AsyncGenerator<string, undefined, undefined> {}

async function* answersTo(
  exchange: Exchange,
  model: ModelVersion,
  source: ReadableStream<Uint8Array>,
): AsyncGenerator<string, undefined, undefined> {
  const lines = new LineReader(exchange.limits.lineBytes);
  const reader = source.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      yield* answerLines(exchange, model, lines.push(piece.value));
    yield* answerLines(exchange, model, lines.end());
  } finally {
    void reader.cancel().catch(() => {});
  }
}

// Answers the lines of a piece, some at a time.
async function* answerLines(
  exchange: Exchange,
  model: ModelVersion,
  lines: Iterable<Line>,
): AsyncGenerator<string, undefined, undefined> {
  let questions: Question[] = [];
  let characters = 0;
  for (const line of lines) {
    const question = questionOf(exchange, model, line);
    questions.push(question);
    characters += "text" in question ? question.text.length : 0;
    if (questions.length < LINES_AT_ONCE && characters < exchange.limits.characters) continue;
    yield* answerAll(exchange, model, questions);
    questions = [];
    characters = 0;
  }
  yield* answerAll(exchange, model, questions);
}

function questionOf(exchange: Exchange, model: ModelVersion, line: Line): Question {
  try {
    if (line === null) throw new Problem("too-large", `A line may have ${exchange.limits.lineBytes} bytes at most.`);
    const request = requestOf(predictOneRequest, parseJson(line));
    exchange.texts++;
    exchange.checkLength(request.text);
    const options = optionsOf(request);
    if (answersPerText(model, options) > exchange.limits.answers)
      throw new Problem("too-large", `A text may have ${exchange.limits.answers} labels at most.`);
    return { text: request.text, options };
  } catch (error) {
    return { problem: lineProblemOf(error) };
  }
}

/** What a line is told that has no answer. Throws what is no refusal. */
function lineProblemOf(error: unknown): Problem {
  if (error instanceof Problem) {
    if (error.kind !== "malformed") return error;
    return new Problem("malformed", error.message.replace("The body", "The line"));
  }
  if (error instanceof BaxError && error.code === "usage") return new Problem("invalid", `${error.message}.`);
  throw error;
}

// Lines with the same options, one behind the other, are asked together.
async function* answerAll(
  exchange: Exchange,
  model: ModelVersion,
  questions: readonly Question[],
): AsyncGenerator<string, undefined, undefined> {
  let text = "";
  for (let from = 0; from < questions.length; ) {
    const first = questions[from];
    if ("problem" in first) {
      text += `${JSON.stringify({ error: first.problem.document(exchange.requestId) })}\n`;
      from++;
    } else {
      const most = Math.max(1, Math.floor(exchange.limits.answers / answersPerText(model, first.options)));
      const key = JSON.stringify(first.options);
      const texts: string[] = [];
      for (; from < questions.length && texts.length < most; from++) {
        const next = questions[from];
        if ("problem" in next || (next.options !== first.options && JSON.stringify(next.options) !== key)) break;
        texts.push(next.text);
      }
      for (const row of await answerGroup(exchange, model, texts, first.options)) text += `${row}\n`;
    }
    if (text.length < PART_BYTES) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}

async function answerGroup(
  exchange: Exchange,
  model: ModelVersion,
  texts: readonly string[],
  options: PredictOptions,
): Promise<string[]> {
  try {
    const rows: readonly Prediction[][] = await askPatiently(exchange, model, texts, options);
    return rows.map((predictions) => JSON.stringify({ predictions }));
  } catch (error) {
    const document = lineProblemOf(error).document(exchange.requestId);
    return texts.map(() => JSON.stringify({ error: document }));
  }
}

// A stream waits where a single request would be refused; each of its batches has the deadline of a request.
async function askPatiently(
  exchange: Exchange,
  { answerer }: ModelVersion,
  texts: readonly string[],
  options: PredictOptions,
): Promise<Prediction[][]> {
  const deadline = performance.now() + exchange.limits.deadline;
  const call: Call = { deadline, isGone: () => exchange.isGone() };
  for (;;) {
    const room = answerer.room();
    if (room) await room;
    try {
      return await answerer.predict(texts, options, call);
    } catch (error) {
      const isFull = error instanceof Problem && error.kind === "overloaded";
      if (!isFull || performance.now() > deadline) throw error;
      // Others were faster.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
