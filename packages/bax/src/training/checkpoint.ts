// Where a run that is cut off goes on from. A checkpoint is a header (JSON), then A and B, whole rows, then the accumulators of the steps;
// the header and what follows it have a checksum each.
import { BaxError } from "../errors.ts";
import { Checksum } from "./checksum.ts";
import type { StateMatrix } from "./engineState.ts";
import type { Measured } from "./heldOutCalibration.ts";
import type { Prepared } from "./preparation.ts";
import type { Place } from "./run.ts";

/** The first bytes of a checkpoint. */
const MAGIC = "BAXCHK03";
/** Behind it the length of the header and its checksum (u32 each), then the header. */
const LENGTH_AT = 8;
const CHECKSUM_AT = 12;
const HEADER_AT = 16;
const CHECKSUM_BYTES = 4;
/** Floats of one piece that is written or read, about. */
const PIECE = 1 << 20;
const DAMAGED = "is damaged: its checksum is another than that of what is in it";
/** No header is longer. */
const LONGEST_HEADER = 256 << 20;

/** Where checkpoints are kept. Its methods throw a BaxError ("file"). */
export interface CheckpointStore {
  /** As it stands in messages. */
  readonly name: string;
  /** The last checkpoint that was written whole, or undefined. */
  open(): Promise<StoredCheckpoint | undefined>;
  /** Replaces it, whole or not at all. */
  write(chunks: Iterable<Uint8Array>): Promise<void>;
  /** Removes it: to be called once the finished model is safe. */
  remove(): Promise<void>;
}

/** A checkpoint that can be read. */
export interface StoredCheckpoint {
  readonly byteLength: number;
  /** Fills `into`. */
  read(into: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** Where checkpoints go, and how often: when one of the two has passed since the last. */
export interface Checkpointing {
  store: CheckpointStore;
  /** 60 unless given, or `examples` is. */
  seconds?: number | undefined;
  examples?: number | undefined;
}

/** How far a run had come. */
export interface Progressed {
  /** Of the fit that it was in. */
  name: string;
  halvings: number;
  rate: number;
  place: Place;
  sums: { loss: number; weight: number };
  /** Whether rows of B stand for labels still. */
  hasLabelRows: boolean;
  measured: Measured[];
  /** What earlier phases left. */
  earlier: unknown;
  notes: string[];
}

/** What a run must have in common with the one that wrote the checkpoint. */
interface Identity {
  fingerprint: string;
  options: Readonly<Record<string, unknown>>;
  /** Of the model that is continued, the words whose vectors are given, the examples to validate on. */
  given: readonly string[];
  features: number;
  labels: number;
}

interface Header extends Progressed {
  identity: Identity;
}

/** Writes checkpoints of a run, and finds where an earlier one had come to. */
export class Checkpoints {
  private readonly prepared: Prepared;
  private readonly store: CheckpointStore;
  private readonly everyMs: number;
  private readonly everyExamples: number;
  private lastTime = performance.now();
  private lastExamples = 0;

  constructor(prepared: Prepared, { store, seconds, examples }: Checkpointing) {
    this.prepared = prepared;
    this.store = store;
    this.everyMs = 1000 * (seconds ?? (examples === undefined ? 60 : Number.POSITIVE_INFINITY));
    this.everyExamples = examples ?? Number.POSITIVE_INFINITY;
  }

  /** Whether enough time or examples have passed. `examples`: of this phase, so far. */
  isDue(examples: number): boolean {
    if (examples < this.lastExamples) this.lastExamples = 0;
    return performance.now() - this.lastTime >= this.everyMs || examples - this.lastExamples >= this.everyExamples;
  }

  /** Writes where the run is. */
  async save(progressed: Progressed, examples: number): Promise<void> {
    await this.store.write(this.chunks(progressed));
    this.lastTime = performance.now();
    this.lastExamples = examples;
  }

  /**
   * Where an earlier run had come to, its parameters laid into the engine's; undefined where there is none. Throws a BaxError: "usage" for
   * a checkpoint of other data or options, "file" for one that is damaged.
   */
  async resume(): Promise<Progressed | undefined> {
    const stored = await this.store.open();
    if (!stored) return undefined;
    try {
      const { header, end } = await this.readHeader(stored);
      this.checkIdentity(header.identity);
      const { engine, options, start } = this.prepared;
      engine.initialize(options.seed, start);
      const matrices = engine.state;
      const expected = matrices.reduce((sum, { rows, columns }) => sum + 4 * rows * columns, end + CHECKSUM_BYTES);
      if (stored.byteLength !== expected) this.refuse(`has ${stored.byteLength} bytes, expected ${expected}`);
      let position = end;
      const checksum = new Checksum();
      for (const matrix of matrices) {
        for (const { first, count, values } of pieces(matrix)) {
          const bytes = new Uint8Array(values.buffer, 0, values.byteLength);
          await stored.read(bytes, position);
          position += bytes.length;
          checksum.add(bytes);
          matrix.set(first, count, values);
        }
      }
      const last = new Uint8Array(CHECKSUM_BYTES);
      await stored.read(last, position);
      if (wordAt(last, 0) !== checksum.value) this.refuse(DAMAGED);
      const { identity: _, ...progressed } = header;
      if (!progressed.hasLabelRows) engine.enterTree();
      return progressed;
    } finally {
      await stored.close();
    }
  }

  private *chunks(progressed: Progressed): Iterable<Uint8Array> {
    const header: Header = { ...progressed, identity: this.identity() };
    const text = new TextEncoder().encode(JSON.stringify(header));
    // Whole words, for the checksum.
    const json = new Uint8Array(4 * Math.ceil(text.length / 4)).fill(" ".charCodeAt(0));
    json.set(text);
    const start = new Uint8Array(HEADER_AT);
    start.set(new TextEncoder().encode(MAGIC));
    new DataView(start.buffer).setUint32(LENGTH_AT, json.length, true);
    new DataView(start.buffer).setUint32(CHECKSUM_AT, new Checksum().add(json).value, true);
    yield start;
    yield json;
    const checksum = new Checksum();
    for (const matrix of this.prepared.engine.state) {
      for (const { first, count, values } of pieces(matrix)) {
        matrix.get(first, count, values);
        const bytes = new Uint8Array(values.buffer, 0, values.byteLength);
        checksum.add(bytes);
        yield bytes;
      }
    }
    const last = new Uint8Array(CHECKSUM_BYTES);
    new DataView(last.buffer).setUint32(0, checksum.value, true);
    yield last;
  }

  private async readHeader(stored: StoredCheckpoint): Promise<{ header: Header; end: number }> {
    if (stored.byteLength < HEADER_AT) this.refuse(`has only ${stored.byteLength} bytes`);
    const start = new Uint8Array(HEADER_AT);
    await stored.read(start, 0);
    if (new TextDecoder("latin1").decode(start.subarray(0, MAGIC.length)) !== MAGIC)
      this.refuse("does not begin as a checkpoint of this version does");
    const length = wordAt(start, LENGTH_AT);
    const end = HEADER_AT + length;
    if (length > LONGEST_HEADER || length % 4 !== 0) this.refuse(DAMAGED);
    if (end > stored.byteLength) this.refuse("ends in its header");
    const json = new Uint8Array(length);
    await stored.read(json, HEADER_AT);
    if (wordAt(start, CHECKSUM_AT) !== new Checksum().add(json).value) this.refuse(DAMAGED);
    return { header: JSON.parse(new TextDecoder().decode(json)), end };
  }

  private refuse(what: string): never {
    throw new BaxError("file", `${this.store.name}: the checkpoint ${what}`, "Remove it to begin anew.");
  }

  private identity(): Identity {
    const { corpus, options, features, facts, given } = this.prepared;
    const { threads: _, ...rest } = options;
    return { fingerprint: corpus.fingerprint, options: rest, given, features: features.count, labels: facts.labels };
  }

  private checkIdentity(found: Identity): void {
    const own = this.identity();
    const fail = (what: string): never => {
      throw new BaxError(
        "usage",
        `${this.store.name}: the checkpoint is of a run ${what}`,
        "Repeat that run's command to go on from it, or remove the checkpoint to begin anew.",
      );
    };
    if (found.fingerprint !== own.fingerprint) fail("on other data");
    // One option may change the defaults of others.
    const others = Object.keys(own.options).flatMap((key) => {
      const [before, now] = [found.options[key], own.options[key]].map((value) => JSON.stringify(value));
      return before === now ? [] : [`${key} was ${before}, and is ${now} now`];
    });
    if (others.length > 0) fail(`with other options: ${others.join("; ")}`);
    if (String(found.given) !== String(own.given)) fail("that began from something else");
    if (found.features !== own.features || found.labels !== own.labels) fail("with other features or labels");
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

/** A matrix in pieces of whole rows, each with room for its floats: the same room, used again. */
function* pieces({ rows, columns }: StateMatrix): Iterable<{ first: number; count: number; values: Float32Array }> {
  const most = Math.max(1, Math.floor(PIECE / columns));
  const room = new Float32Array(Math.min(rows, most) * columns);
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    yield { first, count, values: room.subarray(0, count * columns) };
  }
}
