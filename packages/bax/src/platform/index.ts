export { detectPlatform, detectPoolPlatform } from "./workers.ts";
