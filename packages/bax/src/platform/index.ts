export { detectPlatform } from "./workers.ts";
