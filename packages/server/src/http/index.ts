export { type Answer, JSON_TYPE, jsonAnswer, LINES_TYPE, PROBLEM_TYPE } from "./answer.ts";
export { type BodyReader, parseJson, readBytes } from "./body.ts";
export { Cors } from "./cors.ts";
export type { Exchange } from "./exchange.ts";
export { Gate, type GateOptions, type Handler, type RouteManner } from "./gate.ts";
export { type Digest, Keys } from "./keys.ts";
export { mediaTypeOf, type RequestHeaders, requireAccepted } from "./requestHeaders.ts";
