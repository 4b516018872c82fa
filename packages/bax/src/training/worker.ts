// The program of one training thread. It is bundled to one script (scripts/build.mjs), so that Node, browsers and bundlers start it alike.
import { instantiate } from "../kernels/module.ts";
import { CONTROL, type WorkerStart } from "./control.ts";

interface Port {
  onmessage: ((event: { data: WorkerStart }) => void) | null;
  postMessage(message: "ready"): void;
}

interface NodeProcess {
  getBuiltinModule?(name: "node:worker_threads"): { parentPort: Port | null };
}

const node = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.("node:worker_threads").parentPort;
const port = node ?? (globalThis as unknown as Port);

port.onmessage = ({ data }) => {
  const { module, memory, context, control, thread } = data;
  const kernels = instantiate(memory, module);
  const words = new Int32Array(memory.buffer, control, CONTROL.words);
  let seen = 0;
  port.postMessage("ready");
  for (;;) {
    Atomics.wait(words, CONTROL.command, seen);
    const command = Atomics.load(words, CONTROL.command);
    if (command === seen) continue;
    seen = command;
    if (command < 0) return;
    kernels.trainBatches(context, thread, Atomics.load(words, CONTROL.from), Atomics.load(words, CONTROL.to));
    Atomics.add(words, CONTROL.done, 1);
    Atomics.notify(words, CONTROL.done);
  }
};
