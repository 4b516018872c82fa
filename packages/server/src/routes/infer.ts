// The Open Inference Protocol, version 2: what clients of KServe and Triton speak.
import { type Prediction, type PredictOptions, VERSION } from "bax";
import { type Answer, type Exchange, JSON_TYPE, jsonAnswer, mediaTypeOf, parseJson, readBytes } from "../http/index.ts";
import { Problem } from "../problem.ts";
import {
  type InferAnswer,
  type InferInput,
  type InferRequest,
  inferAnswer,
  inferRequest,
  type ModelMetadata,
  modelMetadata,
  modelReady,
  type ServerMetadata,
  serverMetadata,
} from "../schemas/index.ts";
import type { ModelVersion } from "../service/index.ts";
import type { Operation } from "./operation.ts";
import { answersPerText } from "./predictions.ts";
import { checkAnswers, requestOf } from "./reading.ts";
import { described, joined, pack, stringsOf, type Tensor, unpackStrings } from "./tensors.ts";

/** Says how many bytes of a body are JSON; the others are data of tensors. */
const JSON_LENGTH = "inference-header-content-length";
const BINARY_TYPE = "application/octet-stream";
const TYPES: ReadonlySet<string> = new Set(["", JSON_TYPE, BINARY_TYPE]);

function invalid(detail: string): Problem {
  return new Problem("invalid", detail);
}

/** The version that the path asks for. Throws a Problem ("unknown-model") where another one answers now. */
async function versionAsked(exchange: Exchange): Promise<{ model: ModelVersion; version: string }> {
  const model = exchange.model();
  const version = await model.version;
  const asked = exchange.parameter("version");
  if (asked !== "" && asked !== version) throw new Problem("unknown-model", "The model has no such version now.");
  return { model, version };
}

/** Reads a request, its tensors' binary data taken out of the body. */
async function readRequest(exchange: Exchange): Promise<{ request: InferRequest; texts: string[] }> {
  const { headers } = exchange;
  if (!TYPES.has(mediaTypeOf(headers)))
    throw new Problem("media-type", `Send ${JSON_TYPE}, or ${BINARY_TYPE} with tensors in binary form.`);
  const bytes = await readBytes(exchange);
  const length = headers.get(JSON_LENGTH);
  const jsonBytes = length === null ? bytes.length : /^\d{1,10}$/.test(length) ? Number(length) : -1;
  if (jsonBytes < 0 || jsonBytes > bytes.length)
    throw new Problem("malformed", "Inference-Header-Content-Length: expected a number of bytes of the body.");
  const request = requestOf(inferRequest, parseJson(bytes.subarray(0, jsonBytes)));
  const [input] = request.inputs;
  return { request, texts: textsOf(input, bytes.subarray(jsonBytes)) };
}

function textsOf(input: InferInput, data: Uint8Array): string[] {
  const size = input.parameters?.binary_data_size;
  if (size !== undefined && (size !== data.length || input.data))
    throw invalid(
      "text: binary_data_size is not the number of bytes behind the JSON, or there is data in the JSON too.",
    );
  if (size === undefined && data.length > 0) throw invalid("text: nothing says what the bytes behind the JSON are.");
  if (size === undefined && !input.data) throw invalid("text: it has no data.");
  const texts = size === undefined ? stringsOf(input) : unpackStrings(input.name, data);
  const [count, width = 1] = input.shape;
  if (width !== 1 || count !== texts.length)
    throw invalid(`text: expected the shape [${texts.length}] or [${texts.length}, 1], as many strings as there are.`);
  return texts;
}

/** Which tensors are asked for, and whether each is to be binary. */
function outputsAsked({ parameters, outputs }: InferRequest): { name: string; isBinary: boolean }[] {
  const byDefault = parameters?.binary_data_output === true;
  if (!outputs || outputs.length === 0) return ["label", "probability"].map((name) => ({ name, isBinary: byDefault }));
  return outputs.map(({ name, parameters: own = {} }) => {
    if (own["classification"] !== undefined) throw invalid("outputs: there is no classification; ask by parameter k.");
    return { name, isBinary: own.binary_data ?? byDefault };
  });
}

// Rows are as long as the longest may be: what is not answered is an empty label of probability 0.
function tensorOf(name: string, rows: readonly (readonly Prediction[])[], k: number): Tensor {
  const shape = [rows.length, k];
  const places = rows.flatMap((row) => Array.from({ length: k }, (_, i) => row[i]));
  if (name === "label") return { name, datatype: "BYTES", shape, values: places.map((place) => place?.label ?? "") };
  return { name, datatype: "FP32", shape, values: places.map((place) => place?.probability ?? 0) };
}

async function infer(exchange: Exchange): Promise<Answer> {
  const { model, version } = await versionAsked(exchange);
  const { request, texts } = await readRequest(exchange);
  const asked = outputsAsked(request);
  const { k: most, threshold } = request.parameters ?? {};
  const options: PredictOptions = { k: most, threshold };
  exchange.take(texts);
  const k = answersPerText(model, options);
  checkAnswers(exchange, texts.length, k);
  const rows = await model.answerer.predict(texts, options, exchange);
  const parts: Uint8Array[] = [];
  const outputs = asked.map(({ name, isBinary }) => {
    const tensor = tensorOf(name, rows, k);
    const packed = isBinary ? pack(tensor) : undefined;
    if (packed) parts.push(packed);
    return described(tensor, packed);
  });
  const answer: InferAnswer = {
    model_name: model.name,
    model_version: version,
    ...(request.id !== undefined && { id: request.id }),
    outputs,
  };
  const json = JSON.stringify(answer);
  if (parts.length === 0) return jsonAnswer(json);
  const { body, jsonBytes } = joined(json, parts);
  return { status: 200, type: BINARY_TYPE, body, headers: { [JSON_LENGTH]: String(jsonBytes) } };
}

async function metadata(exchange: Exchange): Promise<Answer> {
  const { model, version } = await versionAsked(exchange);
  const found: ModelMetadata = {
    name: model.name,
    versions: [version],
    platform: "bax",
    inputs: [{ name: "text", datatype: "BYTES", shape: [-1] }],
    outputs: [
      { name: "label", datatype: "BYTES", shape: [-1, -1] },
      { name: "probability", datatype: "FP32", shape: [-1, -1] },
    ],
  };
  return jsonAnswer(JSON.stringify(found));
}

async function ready(exchange: Exchange): Promise<Answer> {
  const { model } = await versionAsked(exchange);
  return jsonAnswer(JSON.stringify({ name: model.name, ready: true }));
}

const SERVER: ServerMetadata = { name: "bax", version: VERSION, extensions: ["binary_tensor_data"] };

const tag = "inference protocol" as const;
const manner = { inference: true };

function ofModel(path: string, suffix: string): Operation[] {
  return [
    {
      method: "get",
      path,
      id: `modelMetadata${suffix}`,
      tag,
      summary: "Tells which tensors a model takes and gives.",
      answer: [{ type: JSON_TYPE, schema: modelMetadata }],
      manner,
      handler: metadata,
    },
    {
      method: "get",
      path: `${path}/ready`,
      id: `modelReady${suffix}`,
      tag,
      summary: "Tells that a model answers.",
      answer: [{ type: JSON_TYPE, schema: modelReady }],
      manner,
      handler: ready,
    },
    {
      method: "post",
      path: `${path}/infer`,
      id: `infer${suffix}`,
      tag,
      summary: "Labels texts: a tensor of strings in, tensors of labels and probabilities out, best first.",
      request: [
        { type: JSON_TYPE, schema: inferRequest },
        { type: BINARY_TYPE, description: "JSON, and the tensor's data in binary form behind it." },
      ],
      answer: [
        { type: JSON_TYPE, schema: inferAnswer },
        { type: BINARY_TYPE, description: "JSON, and tensors' data in binary form behind it." },
      ],
      manner,
      handler: infer,
    },
  ];
}

/** The routes of the protocol but those that tell the server's health. */
export const INFER: readonly Operation[] = [
  {
    method: "get",
    path: "/v2",
    id: "serverMetadata",
    tag,
    summary: "Tells what the server is.",
    answer: [{ type: JSON_TYPE, schema: serverMetadata }],
    manner,
    handler: () => jsonAnswer(JSON.stringify(SERVER)),
  },
  ...ofModel("/v2/models/{name}", ""),
  ...ofModel("/v2/models/{name}/versions/{version}", "OfVersion"),
];
