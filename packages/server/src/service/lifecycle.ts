import { tryAgain } from "../problem.ts";

/**
 * Whether requests are taken, and how many are under way. "loading" until `open`; "stopping": not ready any more, for whoever sends requests
 * here, but still answering; "refusing": all that is new is refused.
 */
export class Lifecycle {
  private stage: "loading" | "open" | "stopping" | "refusing";
  private active = 0;
  private readonly emptied: (() => void)[] = [];

  /** `stage`: "loading" for a server whose models are still to be read. */
  constructor(stage: "loading" | "open" = "open") {
    this.stage = stage;
  }

  /** What readiness tells. */
  get status(): "ok" | "loading" | "stopping" {
    return this.stage === "open" ? "ok" : this.stage === "loading" ? "loading" : "stopping";
  }

  /** Requests that are under way, streams included. */
  get inFlight(): number {
    return this.active;
  }

  /** All models are there. */
  open(): void {
    if (this.stage === "loading") this.stage = "open";
  }

  /** Says that it is not ready, and goes on answering until `refuse`. */
  stop(): void {
    if (this.stage !== "refusing") this.stage = "stopping";
  }

  /** Refuses what is new. */
  refuse(): void {
    this.stage = "refusing";
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => this.emptied.push(resolve));
  }

  /** A request begins. Throws a Problem ("stopping") where new ones are refused. */
  enter(): void {
    if (this.stage === "refusing") throw tryAgain("stopping", "The server is stopping; ask another, or come again.");
    this.active++;
  }

  /** A request that began has ended. */
  leave(): void {
    this.active--;
    if (this.active === 0) for (const resolve of this.emptied.splice(0)) resolve();
  }
}
