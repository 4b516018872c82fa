// Counts what WebAssembly executes, exactly: every module that a process makes gets two counters, of instructions and of bytes that are
// loaded and stored. Only WebAssembly's binary format is known here, nothing of the kernels themselves.
//
// A counter is added to where straight code ends: before each instruction that may go elsewhere, by as many instructions as ran since the
// last such place. The added code leaves the stack as it finds it, so that it may stand anywhere.

const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const CODE_SECTION = 10;
const I64 = 0x7e;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const I64_CONST = 0x42;
const I64_ADD = 0x7c;
const I64_EXTEND_UNSIGNED = 0xad;
const END = 0x0b;
const COUNTERS = ["executedInstructions", "touchedBytes"] as const;

/** What ran: instructions, and bytes that were loaded or stored. */
export interface Work {
  instructions: number;
  bytes: number;
}

class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new Error("the module ends too early");
    return this.bytes[this.at++];
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  /** Passes a number of any length and sign. */
  skipNumber(): void {
    while (this.byte() >= 128);
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    if (rest === 0) return [...bytes, low];
    bytes.push(low + 128);
  }
}

function signed(value: number): number[] {
  const bytes = unsigned(value);
  // A last byte of 64 or more would be read as a negative number.
  if (bytes[bytes.length - 1] >= 64) {
    bytes[bytes.length - 1] += 128;
    bytes.push(0);
  }
  return bytes;
}

/** Bytes of the plain loads and stores, from opcode 0x28 on. */
const PLAIN_WIDTHS = [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4, 4, 8, 4, 8, 1, 2, 1, 2, 4];
/** Bytes of the vector loads and stores, opcodes 0 to 11, and of those of one lane from 84 on, and of 92 and 93. */
const VECTOR_WIDTHS = [16, 8, 8, 8, 8, 8, 8, 1, 2, 4, 8, 16];
const LANE_WIDTHS = [1, 2, 4, 8, 1, 2, 4, 8, 4, 8];
/** Bytes of the atomic operations, from 0x10 on: the same seven kinds again and again. */
const ATOMIC_WIDTHS = [4, 8, 1, 2, 1, 2, 4];

/** What an instruction is to the counters. */
interface Instruction {
  /** 0 for what is no work: block, loop, else, end, nop. */
  work: 0 | 1;
  bytes: number;
  /** Whether the counters must be right before it. */
  ends: boolean;
  /** Whether it fills or copies as many bytes as the top of the stack says, this many times. */
  bulk: number;
}

function skipMemoryArgument(reader: Reader): void {
  reader.skipNumber();
  reader.skipNumber();
}

function unknown(kind: string, code: number, at: number): never {
  throw new Error(`byte ${at}: unknown ${kind} 0x${code.toString(16)}; teach it to countedKernels.ts`);
}

function readVector(reader: Reader): number {
  const start = reader.at;
  const code = reader.unsigned();
  if (code <= 11) {
    skipMemoryArgument(reader);
    return VECTOR_WIDTHS[code];
  }
  if (code === 12 || code === 13) reader.at += 16;
  else if (code >= 21 && code <= 34) reader.at++;
  else if (code >= 84 && code <= 93) {
    skipMemoryArgument(reader);
    if (code < 92) reader.at++;
    return LANE_WIDTHS[code - 84];
  } else if (code > 275) unknown("vector instruction", code, start);
  return 0;
}

function readAtomic(reader: Reader): number {
  const start = reader.at;
  const code = reader.unsigned();
  if (code === 3) {
    reader.at++;
    return 0;
  }
  skipMemoryArgument(reader);
  if (code <= 2) return code === 2 ? 8 : 4;
  if (code < 0x10 || code > 0x4e) unknown("atomic instruction", code, start);
  return ATOMIC_WIDTHS[(code - 0x10) % 7];
}

/** Passes one instruction. */
function readInstruction(reader: Reader): Instruction {
  const start = reader.at;
  const code = reader.byte();
  const plain = (bytes = 0): Instruction => ({ work: 1, bytes, ends: false, bulk: 0 });
  const marker = (ends: boolean): Instruction => ({ work: 0, bytes: 0, ends, bulk: 0 });
  const jump: Instruction = { work: 1, bytes: 0, ends: true, bulk: 0 };
  if (code === 0x01) return marker(false);
  if (code === 0x05 || code === END) return marker(true);
  if (code === 0x02 || code === 0x03) {
    reader.skipNumber();
    return marker(code === 0x03);
  }
  if (code === 0x04 || code === 0x0c || code === 0x0d) {
    reader.skipNumber();
    return jump;
  }
  if (code === 0x0e) {
    for (let labels = reader.unsigned() + 1; labels > 0; labels--) reader.skipNumber();
    return jump;
  }
  if (code === 0x00 || code === 0x0f) return jump;
  if (code === 0x10 || (code >= 0x20 && code <= 0x26)) {
    reader.skipNumber();
    return plain();
  }
  if (code === 0x11) {
    skipMemoryArgument(reader);
    return plain();
  }
  if (code === 0x1a || code === 0x1b || (code >= 0x45 && code <= 0xc4)) return plain();
  if (code === 0x1c) {
    for (let types = reader.unsigned(); types > 0; types--) reader.at++;
    return plain();
  }
  if (code >= 0x28 && code <= 0x3e) {
    skipMemoryArgument(reader);
    return plain(PLAIN_WIDTHS[code - 0x28]);
  }
  if (code === 0x3f || code === 0x40 || code === 0x41 || code === I64_CONST) {
    reader.skipNumber();
    return plain();
  }
  if (code === 0x43 || code === 0x44) {
    reader.at += code === 0x43 ? 4 : 8;
    return plain();
  }
  if (code === 0xfc) {
    const kind = reader.unsigned();
    if (kind <= 7) return plain();
    if (kind === 10) reader.at += 2;
    else if (kind === 11) reader.at++;
    else unknown("bulk instruction", kind, start);
    return { work: 1, bytes: 0, ends: false, bulk: kind === 10 ? 2 : 1 };
  }
  if (code === 0xfd) return plain(readVector(reader));
  if (code === 0xfe) return plain(readAtomic(reader));
  return unknown("instruction", code, start);
}

/** Adds to counter `index` what the code in `value` leaves on the stack. */
function add(index: number, value: number[]): number[] {
  return [GLOBAL_GET, ...unsigned(index), ...value, I64_ADD, GLOBAL_SET, ...unsigned(index)];
}

/** One function's body with counters. `first`: index of the first counter; the one behind them keeps the length of bulk operations. */
function countBody(reader: Reader, end: number, first: number): number[] {
  const out: number[] = [];
  const copy = (from: number, to: number) => {
    for (let at = from; at < to; at++) out.push(reader.bytes[at]);
  };
  const begin = reader.at;
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    reader.skipNumber();
    reader.at++;
  }
  copy(begin, reader.at);
  let [instructions, bytes] = [0, 0];
  while (reader.at < end) {
    const at = reader.at;
    const { work, bytes: touched, ends, bulk } = readInstruction(reader);
    instructions += work;
    bytes += touched;
    if (ends) {
      if (instructions > 0) out.push(...add(first, [I64_CONST, ...signed(instructions)]));
      if (bytes > 0) out.push(...add(first + 1, [I64_CONST, ...signed(bytes)]));
      [instructions, bytes] = [0, 0];
    }
    if (bulk > 0) {
      const length = unsigned(first + COUNTERS.length);
      out.push(GLOBAL_SET, ...length, GLOBAL_GET, ...length);
      for (let time = 0; time < bulk; time++) out.push(...add(first + 1, [GLOBAL_GET, ...length, I64_EXTEND_UNSIGNED]));
    }
    copy(at, reader.at);
  }
  return out;
}

/** The sections of a module by their number, custom ones left out. */
function sectionsOf(binary: Uint8Array): Map<number, Uint8Array> {
  const sections = new Map<number, Uint8Array>();
  for (const reader = new Reader(binary, 8); reader.at < binary.length; ) {
    const id = reader.byte();
    const length = reader.unsigned();
    if (id !== 0) sections.set(id, binary.subarray(reader.at, reader.at + length));
    reader.at += length;
  }
  return sections;
}

/** A vector of a section with more entries behind those that are there. */
function extended(section: Uint8Array | undefined, added: number[][]): { bytes: Uint8Array; before: number } {
  const reader = new Reader(section ?? Uint8Array.of(0));
  const before = reader.unsigned();
  const entries = reader.bytes.subarray(reader.at);
  return { bytes: Uint8Array.from([...unsigned(before + added.length), ...entries, ...added.flat()]), before };
}

/** The same module with counters, which it exports. It must import no global. */
export function countedBinary(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(binary);
  const zero = [I64, 1, I64_CONST, 0, END];
  const globals = extended(sections.get(GLOBAL_SECTION), [zero, zero, [0x7f, 1, 0x41, 0, END]]);
  const first = globals.before;
  sections.set(GLOBAL_SECTION, globals.bytes);
  const names = COUNTERS.map((name, index) => {
    const text = new TextEncoder().encode(name);
    return [...unsigned(text.length), ...text, 3, ...unsigned(first + index)];
  });
  sections.set(EXPORT_SECTION, extended(sections.get(EXPORT_SECTION), names).bytes);
  const reader = new Reader(sections.get(CODE_SECTION)!);
  const bodies = Array.from({ length: reader.unsigned() }, () => {
    const length = reader.unsigned();
    const body = countBody(reader, reader.at + length, first);
    return [...unsigned(body.length), ...body];
  });
  sections.set(CODE_SECTION, Uint8Array.from([...unsigned(bodies.length), ...bodies.flat()]));
  const order = [1, 2, 3, 4, 5, GLOBAL_SECTION, EXPORT_SECTION, 8, 9, 12, CODE_SECTION, 11];
  const parts = order.flatMap((id) => {
    const section = sections.get(id);
    return section ? [Uint8Array.from([id, ...unsigned(section.length)]), section] : [];
  });
  return Uint8Array.from([...binary.subarray(0, 8), ...parts.flatMap((part) => [...part])]);
}

const counters: Record<(typeof COUNTERS)[number], WebAssembly.Global<"i64">>[] = [];

/** From now on every module of this process counts. To be called before the kernels are first compiled. */
export function countEverything(): void {
  const { Module, Instance } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(binary: BufferSource) {
      const view = ArrayBuffer.isView(binary) ? binary : new Uint8Array(binary);
      super(countedBinary(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)));
    }
  };
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      if (!(COUNTERS[0] in this.exports)) throw new Error("a module was compiled before, or past, countEverything");
      counters.push(this.exports as unknown as (typeof counters)[number]);
    }
  };
}

/** What all instances have done since `countEverything`. */
export function workSoFar(): Work {
  const sum = (name: (typeof COUNTERS)[number]) =>
    counters.reduce((total, exports) => total + Number(exports[name].value), 0);
  return { instructions: sum("executedInstructions"), bytes: sum("touchedBytes") };
}
