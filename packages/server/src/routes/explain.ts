import type { Explanation } from "bax";
import { type Answer, type Exchange, JSON_TYPE } from "../http/index.ts";
import {
  explainManyAnswer,
  explainManyRequest,
  explainOneAnswer,
  explainOneRequest,
  isMany,
  type TextExplanation,
} from "../schemas/index.ts";
import { exactJson } from "../service/index.ts";
import { eachText } from "./eachText.ts";
import type { Operation } from "./operation.ts";
import { answerBy, readJson, requestOf } from "./reading.ts";

async function explain(exchange: Exchange): Promise<Answer> {
  const model = exchange.model();
  const body = await readJson(exchange);
  const many = isMany(body);
  const request = many ? requestOf(explainManyRequest, body) : requestOf(explainOneRequest, body);
  const texts = "texts" in request ? request.texts : [request.text];
  const { characters, explainedTexts, explainedCharacters } = exchange.limits;
  exchange.take(texts, { most: explainedTexts, characters: Math.min(characters, explainedCharacters) });
  const { label, against, features = false } = request;
  const question = { ...(label !== undefined && { label }), ...(against !== undefined && { against }) };
  const results = await eachText(exchange, texts, async (text) =>
    shown(await model.answerer.explain(text, question, exchange), features),
  );
  return answerBy(model, await model.version, exactJson(many ? { results } : results[0]));
}

function shown(
  { label, against, probability, logit, bias, spans, features }: Explanation,
  all: boolean,
): TextExplanation {
  return { label, against, probability, logit, bias, spans, ...(all && { features }) };
}

/** The route that tells why. */
export const EXPLAIN: Operation = {
  method: "post",
  path: "/v1/models/{name}/explain",
  id: "explain",
  tag: "answers",
  summary: "Tells why a text has its label: what each stretch of it adds, to the last digit.",
  request: [{ type: JSON_TYPE, schema: explainOneRequest.or(explainManyRequest) }],
  answer: [{ type: JSON_TYPE, schema: explainOneAnswer.or(explainManyAnswer) }],
  handler: explain,
};
