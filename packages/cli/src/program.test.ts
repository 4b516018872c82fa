import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { completionScript } from "./commands/completion.ts";
import { createProgram, runProgram } from "./program.ts";
import { VERSION } from "./version.ts";

const program = await createProgram("1.2.3");

describe("the command line", () => {
  it.each([
    [["trian"], /unknown command 'trian'/, /Did you mean train\?/],
    [["train", "--epohcs", "3", "x.txt"], /unknown option '--epohcs'/, /Did you mean --epochs\?.*bax train --help/],
    [["train"], /missing required argument 'data'/, /bax train --help/],
    [["info", "a", "b"], /too many arguments/, /bax info --help/],
    [["test", "m", "x.txt", "-k"], /argument missing/, /bax test --help/],
    [["train", "x.txt"], /-o is missing/, /-o model.safetensors/],
    [["predict", "m", "-k", "0"], /-k: got "0"/, /-k 1/],
    [["predict", "m", "--threshold", "2"], /--threshold: got "2"/, /0\.5/],
    [["completion", "basj"], /unknown shell/, /"bash"/],
    [["--nonsense"], /unknown option/, /bax --help/],
  ])("refuses %j as wrong usage, with what to do", async (args, message, advice) => {
    await expect(runProgram(await createProgram("1", args), args)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(message),
      advice: expect.stringMatching(advice),
    });
  });

  it("lists commands that are not loaded as those that are", async () => {
    const listed = await createProgram("1.2.3", []);
    expect(listed.helpInformation()).toBe(program.helpInformation());
  });

  it("has the version of its package", () => {
    const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    expect((JSON.parse(manifest) as { version: string }).version).toBe(VERSION);
  });

  it("has an example before the usage in the help of every command", () => {
    for (const command of program.commands) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help, command.name()).toMatch(/^Example: bax /);
    }
  });
});

describe("completionScript", () => {
  it("names every command and flag, for each shell", () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const script = completionScript(program, shell);
      for (const command of program.commands) {
        expect(script).toContain(command.name());
        for (const option of command.options)
          expect(script).toContain((option.long ?? option.short)?.replace(/^-+/, ""));
      }
    }
  });

  it("is a script that bash can read", () => {
    const checked = spawnSync("bash", ["-n"], { input: completionScript(program, "bash") });
    expect(checked.status).toBe(0);
  });
});
