// The program of one worker of a pool. It is bundled to one script (scripts/build.mjs), so that Node, browsers and bundlers start it alike;
// the kernels and Unicode's data are left out of it, since the worker is given both in the memory.
import { BaxError } from "../errors.ts";
import { Heap } from "../kernels/index.ts";
import { Classifier } from "../model/index.ts";
import { Predictor } from "../prediction.ts";
import type { Job, WorkerMessage, WorkerStart } from "./protocol.ts";

interface Port {
  onmessage: ((event: { data: WorkerStart | Job }) => void) | null;
  postMessage(message: WorkerMessage, transfer: ArrayBuffer[]): void;
}

interface NodeProcess {
  getBuiltinModule?(name: "node:worker_threads"): { parentPort: Port | null };
}

const node = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.("node:worker_threads").parentPort;
const port = node ?? (globalThis as unknown as Port);

function start(heap: Heap, { model }: WorkerStart): (job: Job) => void {
  const predictor = new Predictor(new Classifier({ ...model.parts, heap }, model.tables));
  return ({ at, length, bounds, options }) => {
    try {
      heap.reach(at + length);
      const answers = bounds ? predictor.textsAt(at, bounds, options) : predictor.linesAt(at, length, options);
      const { labels, probabilities } = answers;
      port.postMessage({ kind: "answers", answers, owned: heap.owned }, [
        labels.buffer as ArrayBuffer,
        probabilities.buffer as ArrayBuffer,
      ]);
    } catch (error) {
      if (!(error instanceof BaxError)) throw error;
      const { code, message, advice } = error;
      port.postMessage({ kind: "refusal", code, message, advice, owned: heap.owned }, []);
    }
  };
}

port.onmessage = ({ data }) => {
  const given = data as WorkerStart;
  const heap = Heap.on(given.memory, given.module);
  heap.adopt([given.room]);
  const answer = start(heap, given);
  port.onmessage = (event) => answer(event.data as Job);
  port.postMessage({ kind: "ready", owned: heap.owned }, []);
};
