// The worker's ear and mouth: every question of the page goes to the session, every answer and failure back.
import { BaxError } from "bax";
import { BrowserShelf } from "../shelf/browserShelf.ts";
import type { Failure, Reply, Request } from "./protocol.ts";
import { Session } from "./session.ts";
import type { Kept } from "./shelf.ts";

const page = globalThis as unknown as {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply): void;
};

const session = new Session((progress) => page.postMessage({ progress }), new BrowserShelf<Kept>());

page.onmessage = async ({ data: { id, method, args } }) => {
  const ask = session[method].bind(session) as (...args: readonly unknown[]) => Promise<unknown>;
  try {
    page.postMessage({ id, result: await ask(...args) });
  } catch (error) {
    page.postMessage({ id, failure: failureOf(error) });
  }
};

/** Whatever was thrown, in words for whoever sits before the page. */
function failureOf(error: unknown): Failure {
  if (error instanceof BaxError) return { code: error.code, message: error.message, advice: error.advice };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: "internal",
    message: `the studio made a mistake: ${message}`,
    advice: "Reload the page and try again.",
  };
}
