import { type Answer, type Exchange, JSON_TYPE } from "../http/index.ts";
import { isMany, scoreManyAnswer, scoreManyRequest, scoreOneAnswer, scoreOneRequest } from "../schemas/index.ts";
import { exactJson } from "../service/index.ts";
import { eachText } from "./eachText.ts";
import type { Operation } from "./operation.ts";
import { answerBy, checkAnswers, readJson, requestOf } from "./reading.ts";

async function score(exchange: Exchange): Promise<Answer> {
  const model = exchange.model();
  const body = await readJson(exchange);
  const many = isMany(body);
  const request = many ? requestOf(scoreManyRequest, body) : requestOf(scoreOneRequest, body);
  const texts = "texts" in request ? request.texts : [request.text];
  exchange.take(texts);
  const { labels, raw } = request;
  checkAnswers(exchange, texts.length, labels?.length ?? model.classifier.labels.length);
  const results = await eachText(exchange, texts, async (text) => ({
    scores: await model.answerer.scores(text, { labels, raw }, exchange),
  }));
  return answerBy(model, await model.version, exactJson(many ? { results } : results[0]));
}

/** The route that scores labels. */
export const SCORE: Operation = {
  method: "post",
  path: "/v1/models/{name}/score",
  id: "score",
  tag: "answers",
  summary: "Scores all labels of a text, or some.",
  request: [{ type: JSON_TYPE, schema: scoreOneRequest.or(scoreManyRequest) }],
  answer: [{ type: JSON_TYPE, schema: scoreOneAnswer.or(scoreManyAnswer) }],
  handler: score,
};
