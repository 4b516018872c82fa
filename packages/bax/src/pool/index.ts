export { type PoolOptions, PredictionPool } from "./pool.ts";
export type { PoolPlatform } from "./protocol.ts";
