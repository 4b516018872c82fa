import { type Answer, type Exchange, JSON_TYPE, jsonAnswer, LINES_TYPE, mediaTypeOf } from "../http/index.ts";
import {
  isMany,
  lineProblem,
  type PredictChoices,
  predictManyAnswer,
  predictManyRequest,
  predictOneAnswer,
  predictOneRequest,
  textPredictions,
} from "../schemas/index.ts";
import { LINE_TYPES, predictLines } from "./lines.ts";
import type { Operation } from "./operation.ts";
import { answersPerText, optionsOf } from "./predictions.ts";
import { checkAnswers, readJson, requestOf } from "./reading.ts";

async function predict(exchange: Exchange): Promise<Answer> {
  const model = exchange.model();
  if (LINE_TYPES.has(mediaTypeOf(exchange.headers))) return predictLines(exchange, model);
  const body = await readJson(exchange);
  const many = isMany(body);
  const { texts, choices } = many ? manyOf(body) : oneOf(body);
  exchange.take(texts);
  const options = optionsOf(choices);
  checkAnswers(exchange, texts.length, answersPerText(model, options));
  const found = model.answerer.predict(texts, options, exchange);
  const rows = found instanceof Promise ? await found : found;
  const named = model.version;
  const version = typeof named === "string" ? named : await named;
  const answers = many ? { results: rows.map((predictions) => ({ predictions })) } : { predictions: rows[0] };
  return jsonAnswer(JSON.stringify({ model: model.name, version, ...answers }));
}

function oneOf(body: unknown): { texts: string[]; choices: PredictChoices } {
  const request = requestOf(predictOneRequest, body);
  return { texts: [request.text], choices: request };
}

function manyOf(body: unknown): { texts: string[]; choices: PredictChoices } {
  const request = requestOf(predictManyRequest, body);
  return { texts: request.texts, choices: request };
}

/** The route that labels texts. */
export const PREDICT: Operation = {
  method: "post",
  path: "/v1/models/{name}/predict",
  id: "predict",
  tag: "answers",
  summary: "Labels a text, or many; or as many as come, line by line.",
  request: [
    { type: JSON_TYPE, schema: predictOneRequest.or(predictManyRequest) },
    {
      type: LINES_TYPE,
      schema: predictOneRequest,
      description: "Lines of JSON, any number of them, each as a request about one text; each is answered by a line.",
    },
  ],
  answer: [
    { type: JSON_TYPE, schema: predictOneAnswer.or(predictManyAnswer) },
    {
      type: LINES_TYPE,
      schema: textPredictions.or(lineProblem),
      description: "A line for each line, in their order; which model answered stands in X-Model-Version.",
    },
  ],
  handler: predict,
};
