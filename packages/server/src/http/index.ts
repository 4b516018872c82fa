export { type Answer, JSON_TYPE, jsonAnswer, LINES_TYPE, PROBLEM_TYPE } from "./answer.ts";
export { type Arrival, type BodyReader, WebArrival } from "./arrival.ts";
export { parseJson, readBytes } from "./body.ts";
export { Cors } from "./cors.ts";
export type { Exchange } from "./exchange.ts";
export { type Entrance, Gate, type GateOptions, type Handler, type Reply, type RouteManner } from "./gate.ts";
export { type Digest, Keys } from "./keys.ts";
export { mediaTypeOf, PlainHeaders, type RequestHeaders, requireAccepted } from "./requestHeaders.ts";
