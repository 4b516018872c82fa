import type { TextClassifier } from "bax";
import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { TEXTS, trainModel } from "../testing/models.ts";
import { answer, post, refusal } from "../testing/requests.ts";

const INFER = "/v2/models/bank/infer";
// A lone surrogate has no UTF-8.
const WELL_FORMED = TEXTS.map((text) => Buffer.from(text).toString());

function packed(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

function unpacked(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    found.push(bytes.toString("utf8", at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

async function binary(app: Hono, head: object, data: Uint8Array, path = INFER): Promise<Response> {
  const json = Buffer.from(JSON.stringify(head));
  return app.request(path, {
    method: "POST",
    headers: { "inference-header-content-length": String(json.length) },
    body: Buffer.concat([json, data]),
  });
}

describe("the Open Inference Protocol", () => {
  let model: TextClassifier;
  let app: Hono;
  let version: string;
  beforeAll(async () => {
    model = await trainModel();
    app = createApp({ models: { bank: model } });
    ({ version } = await answer<{ version: string }>(app.request("/v1/models/bank")));
  });

  it("tells of the server and the model", async () => {
    expect(await answer(app.request("/v2"))).toEqual({
      name: "bax",
      version: "0.1.0",
      extensions: ["binary_tensor_data"],
    });
    expect(await answer(app.request("/v2/health/live"))).toEqual({ live: true });
    expect(await answer(app.request("/v2/health/ready"))).toEqual({ ready: true });
    for (const path of ["/v2/models/bank", `/v2/models/bank/versions/${version}`]) {
      expect(await answer(app.request(`${path}/ready`))).toEqual({ name: "bank", ready: true });
      expect(await answer(app.request(path))).toMatchObject({
        ...{ name: "bank", versions: [version], platform: "bax" },
        inputs: [{ name: "text", datatype: "BYTES", shape: [-1] }],
      });
    }
  });

  it.each([
    ["flat", (texts: readonly string[]) => ({ shape: [texts.length], data: texts })],
    ["a column", (texts: readonly string[]) => ({ shape: [texts.length, 1], data: texts.map((text) => [text]) })],
    ["a flat column", (texts: readonly string[]) => ({ shape: [texts.length, 1], data: texts })],
  ])("answers texts in JSON, %s", async (_, tensor) => {
    const inputs = [{ name: "text", datatype: "BYTES", ...tensor(TEXTS) }];
    const rows = model.predictAll(TEXTS, { k: 2 });
    for (const path of [INFER, `/v2/models/bank/versions/${version}/infer`])
      expect(await answer(post(app, path, { id: "7", inputs, parameters: { k: 2 } }))).toEqual({
        ...{ model_name: "bank", model_version: version, id: "7" },
        outputs: [
          { name: "label", datatype: "BYTES", shape: [7, 2], data: rows.flat().map(({ label }) => label) },
          { name: "probability", datatype: "FP32", shape: [7, 2], data: rows.flat().map((one) => one.probability) },
        ],
      });
  });

  it("fills up rows that are not full", async () => {
    const inputs = [{ name: "text", datatype: "BYTES", shape: [1], data: ["thank you"] }];
    const body = {
      inputs,
      parameters: { k: 3, threshold: 0.5 },
      outputs: [{ name: "probability" }, { name: "label" }],
    };
    const [best, ...others] = model.predict("thank you", { k: 3, threshold: 0.5 });
    expect(others).toEqual([]);
    expect(await answer(post(app, INFER, body))).toMatchObject({
      outputs: [
        { name: "probability", shape: [1, 3], data: [best.probability, 0, 0] },
        { name: "label", shape: [1, 3], data: [best.label, "", ""] },
      ],
    });
  });

  it("takes and gives binary tensors", async () => {
    const data = packed(WELL_FORMED);
    const input = { name: "text", datatype: "BYTES", shape: [7, 1], parameters: { binary_data_size: data.length } };
    const response = await binary(app, { inputs: [input], parameters: { k: 2, binary_data_output: true } }, data);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    const body = Buffer.from(await response.arrayBuffer());
    const jsonBytes = Number(response.headers.get("inference-header-content-length"));
    const head = JSON.parse(body.toString("utf8", 0, jsonBytes));
    const [label, probability] = head.outputs;
    expect(label).toEqual({ name: "label", datatype: "BYTES", shape: [7, 2], parameters: label.parameters });
    expect(probability.parameters).toEqual({ binary_data_size: 7 * 2 * 4 });
    const labelsEnd = jsonBytes + label.parameters.binary_data_size;
    const rows = model.predictAll(WELL_FORMED, { k: 2 }).flat();
    expect(unpacked(body.subarray(jsonBytes, labelsEnd))).toEqual(rows.map((one) => one.label));
    const floats = Array.from({ length: 14 }, (_, i) => body.readFloatLE(labelsEnd + 4 * i));
    expect(floats).toEqual(rows.map((one) => one.probability));
    expect(body.length).toBe(labelsEnd + 56);
  });

  it("gives each tensor as it is asked for", async () => {
    const inputs = [{ name: "text", datatype: "BYTES", shape: [1], data: ["thank you"] }];
    const outputs = [{ name: "label", parameters: { binary_data: false } }, { name: "probability" }];
    const response = await post(app, INFER, { inputs, outputs, parameters: { binary_data_output: true } });
    const body = Buffer.from(await response.arrayBuffer());
    const jsonBytes = Number(response.headers.get("inference-header-content-length"));
    const [best] = model.predict("thank you");
    expect(JSON.parse(body.toString("utf8", 0, jsonBytes)).outputs).toEqual([
      { name: "label", datatype: "BYTES", shape: [1, 1], data: [best.label] },
      { name: "probability", datatype: "FP32", shape: [1, 1], parameters: { binary_data_size: 4 } },
    ]);
    expect(body.readFloatLE(jsonBytes)).toBe(best.probability);
  });

  const tensor = { name: "text", datatype: "BYTES", shape: [1], data: ["a"] };
  it.each([
    ["no inputs", { inputs: [] }],
    ["another tensor", { inputs: [{ ...tensor, name: "image" }] }],
    ["two tensors", { inputs: [tensor, { ...tensor, name: "more" }] }],
    ["numbers", { inputs: [{ ...tensor, datatype: "FP32", data: [1] }] }],
    ["a number among strings", { inputs: [{ ...tensor, data: [1] }] }],
    ["another shape", { inputs: [{ ...tensor, shape: [2] }] }],
    ["a matrix", { inputs: [{ ...tensor, shape: [1, 2], data: [["a", "b"]] }] }],
    ["no data", { inputs: [{ name: "text", datatype: "BYTES", shape: [1] }] }],
    ["no strings", { inputs: [{ ...tensor, shape: [0], data: [] }] }],
    ["a size without bytes", { inputs: [{ ...tensor, parameters: { binary_data_size: 4 } }] }],
    ["k of 0", { inputs: [tensor], parameters: { k: 0 } }],
    ["a threshold that is none", { inputs: [tensor], parameters: { threshold: "high" } }],
    ["another output", { inputs: [tensor], outputs: [{ name: "logit" }] }],
    ["classification", { inputs: [tensor], outputs: [{ name: "label", parameters: { classification: 2 } }] }],
  ])("refuses %s, where its clients look for it", async (_, body) => {
    const found = await refusal(post(app, INFER, body));
    expect(found).toMatchObject({ status: 422, kind: "invalid" });
    expect(String(found.document.error)).toContain(found.document.detail);
  });

  it.each([
    ["a string that is cut", Uint8Array.of(9, 0, 0, 0, 65)],
    ["a length that is cut", Uint8Array.of(1, 0)],
    ["a length past all memory", Uint8Array.of(255, 255, 255, 255, 65)],
    ["what is not UTF-8", Uint8Array.of(1, 0, 0, 0, 255)],
    ["more strings than its shape has", packed(["a", "b"])],
  ])("refuses binary data with %s", async (_, data) => {
    const input = { name: "text", datatype: "BYTES", shape: [1], parameters: { binary_data_size: data.length } };
    expect(await refusal(binary(app, { inputs: [input] }, data))).toMatchObject({ status: 422, kind: "invalid" });
  });

  it("refuses lengths of the JSON that are none, and bytes that nobody speaks of", async () => {
    for (const length of ["-1", "1e1", "99999", "x"])
      expect(
        await refusal(post(app, INFER, { inputs: [tensor] }, { "inference-header-content-length": length })),
      ).toMatchObject({ status: 400, kind: "malformed" });
    expect(await refusal(binary(app, { inputs: [tensor] }, packed(["a"])))).toMatchObject({ status: 422 });
  });

  it("knows no other version and no other model", async () => {
    for (const path of ["/v2/models/bank/versions/1", "/v2/models/other", "/v2/models/other/ready"])
      expect(await refusal(app.request(path))).toMatchObject({ status: 404, kind: "unknown-model" });
    expect(await refusal(post(app, "/v2/models/bank/versions/1/infer", {}))).toMatchObject({ status: 404 });
  });
});
