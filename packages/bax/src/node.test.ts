import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { expectRefusal, rejection, samples } from "../test/samples.ts";
import { BaxError, TextClassifier } from "./index.ts";
import { load, save, writeFile } from "./node.ts";

const root = mkdtempSync(join(tmpdir(), "bax-node-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let model: TextClassifier;
let other: TextClassifier;
let folder = "";
let runs = 0;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  model = await TextClassifier.train(samples(60, 1), { epochs: 2, valid: 0 });
  other = await TextClassifier.train(samples(60, 2), { epochs: 2, valid: 0 });
});
beforeEach(() => {
  folder = join(root, String(runs++));
  mkdirSync(folder);
});

/** A model whose writing fails after its first piece. */
function failing(error: unknown): TextClassifier {
  function* chunks(): Generator<Uint8Array> {
    yield Uint8Array.of(1, 2, 3);
    throw error;
  }
  return { toFile: () => ({ byteLength: 6, chunks }) } as unknown as TextClassifier;
}

test("a saved model is loaded: the same bytes and answers, and save tells its path and length", async () => {
  const path = at("a model, ünïcode 模型.safetensors");
  const saved = await save(model, path);
  expect(saved).toEqual({ path, bytes: model.toBytes().length });
  expect(new Uint8Array(readFileSync(path))).toEqual(model.toBytes());
  const loaded = await load(path);
  expect(loaded.toBytes()).toEqual(model.toBytes());
  expect(loaded.predict("garlic goal", { k: 3 })).toEqual(model.predict("garlic goal", { k: 3 }));
  expect(loaded.report).toBeNull();
});

test("saving replaces an older file, even a longer one, and leaves nothing beside it", async () => {
  writeFileSync(at("m"), new Uint8Array(5_000_000));
  await save(model, at("m"));
  expect(new Uint8Array(readFileSync(at("m")))).toEqual(model.toBytes());
  expect(readdirSync(folder)).toEqual(["m"]);
});

test("a file of many pieces, which the disk takes up meanwhile, has every byte in its place; one that fails late leaves nothing", async () => {
  const large = Uint8Array.from({ length: 35_000_001 }, (_, i) => (i * 2654435761) >>> 24);
  const small = Uint8Array.of(1, 2, 3);
  expect(await writeFile(at("m"), [small, large, small])).toBe(large.length + 6);
  const written = readFileSync(at("m"));
  expect([...written.subarray(0, 3), ...written.subarray(-3)]).toEqual([1, 2, 3, 1, 2, 3]);
  expect(Buffer.compare(written.subarray(3, -3), large)).toBe(0);
  function* late(): Generator<Uint8Array> {
    yield large;
    throw new Error("late");
  }
  expectRefusal(await rejection(writeFile(at("other"), late())), "file", /late/);
  expect(readdirSync(folder)).toEqual(["m"]);
});

test("a loaded model does not change when its file does", async () => {
  await save(model, at("m"));
  const loaded = await load(at("m"));
  await save(other, at("m"));
  expect(loaded.toBytes()).toEqual(model.toBytes());
});

test("a model that was loaded may be saved over its own file", async () => {
  await save(model, at("m"));
  await save(await load(at("m")), at("m"));
  expect(new Uint8Array(readFileSync(at("m")))).toEqual(model.toBytes());
});

test.each([
  ["an error of its own", new Error("mine"), "file", /mine/],
  ["a full disk", Object.assign(new Error("full"), { code: "ENOSPC" }), "file", /the disk is full/],
  ["a BaxError", new BaxError("limit", "memory: none left", "Use less."), "limit", /none left/],
] as const)(
  "when writing fails with %s, the older file is as it was and no temporary file is left",
  async (_, error, code, message) => {
    await save(model, at("m"));
    const before = lstatSync(at("m"));
    expectRefusal(await rejection(save(failing(error), at("m"))), code, message);
    expect(readdirSync(folder)).toEqual(["m"]);
    expect(new Uint8Array(readFileSync(at("m")))).toEqual(model.toBytes());
    expect(lstatSync(at("m"))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  },
);

test("when writing fails and there was no file, there is none", async () => {
  await rejection(save(failing(new Error("mine")), at("m")));
  expect(readdirSync(folder)).toEqual([]);
});

test("two saves to one path at once leave one of the two models, whole", async () => {
  for (let i = 0; i < 5; i++) {
    await Promise.all([save(model, at("m")), save(other, at("m"))]);
    const bytes = Buffer.from(readFileSync(at("m")));
    expect(bytes.equals(model.toBytes()) || bytes.equals(other.toBytes())).toBe(true);
  }
  expect(readdirSync(folder)).toEqual(["m"]);
});

test("saving to a folder, into a missing folder, or below a file is refused with the path", async () => {
  mkdirSync(at("folder"));
  writeFileSync(at("file"), "text");
  for (const [name, reason] of [
    ["folder", /folder/],
    ["missing/m", /no such file|folder/],
    ["file/m", /no folder/],
  ] as const) {
    const message = expectRefusal(await rejection(save(model, at(name))), "file", reason);
    expect(message).toContain(at(name));
  }
  expect(readdirSync(folder).sort()).toEqual(["file", "folder"]);
  expect(readdirSync(at("folder"))).toEqual([]);
  expect(readFileSync(at("file"), "utf8")).toBe("text");
});

test.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
  "saving into a folder that is read-only is refused, and the older file kept (not for the superuser)",
  async () => {
    mkdirSync(at("locked"));
    await save(model, at("locked/m"));
    chmodSync(at("locked"), 0o500);
    expectRefusal(await rejection(save(other, at("locked/m"))), "file", /permission denied/);
    expect(new Uint8Array(readFileSync(at("locked/m")))).toEqual(model.toBytes());
    chmodSync(at("locked"), 0o700);
  },
);

test.skipIf(process.platform === "win32")("loading from a pipe is refused and does not wait for a writer", async () => {
  execFileSync("mkfifo", [at("pipe")]);
  expectRefusal(await rejection(load(at("pipe"))), "file", /no regular file/);
});

test.skipIf(process.platform === "win32")("saving to a pipe does not put a file in its place", async () => {
  // The same way would lead to /dev/null, which a superuser must not lose.
  execFileSync("mkfifo", [at("pipe")]);
  const reader = spawn("cat", [at("pipe")], { stdio: "ignore" });
  await rejection(save(model, at("pipe")));
  reader.kill();
  expect(lstatSync(at("pipe")).isFIFO()).toBe(true);
  expect(readdirSync(folder)).toEqual(["pipe"]);
});

test("loading a missing file or a folder is refused with the path", async () => {
  mkdirSync(at("folder"));
  for (const [name, reason] of [
    ["missing", /no such file/],
    ["folder", /this is a folder/],
    ["missing/m", /no such file/],
  ] as const)
    expect(expectRefusal(await rejection(load(at(name))), "file", reason)).toContain(at(name));
  expect(existsSync(at("missing"))).toBe(false);
});

test("loading a file that is empty, cut short, or something else is refused with the path and the byte", async () => {
  const bytes = model.toBytes();
  const { buffer } = bytes;
  const dataStart = 8 + new DataView(buffer as ArrayBuffer).getUint32(0, true);
  const files: [content: Uint8Array | string, reason: RegExp][] = [
    ["", /, byte 0: this is an empty file/],
    ["__label__a some text\n", /, byte 0: this is a text file/],
    [bytes.slice(0, 5), /, byte 0: /],
    [bytes.slice(0, dataStart - 1), /, byte \d+: /],
    [bytes.slice(0, dataStart + 1), /, byte \d+: /],
    [bytes.slice(0, -1), /, byte \d+: /],
  ];
  for (const [content, reason] of files) {
    writeFileSync(at("m"), content);
    const message = expectRefusal(await rejection(load(at("m"))), "model", reason);
    expect(message.startsWith(`${at("m")}, byte `)).toBe(true);
  }
});
