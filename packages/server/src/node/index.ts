// The server as a process of Node: files, sockets, workers, metrics and a log. `import { serve } from "@bax/server/node"`.
export type { Certificate } from "./listener.ts";
export type { LoggedRequests, LogTarget } from "./logLines.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
