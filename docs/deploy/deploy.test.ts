import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bax } from "../../packages/cli/test/command.ts";
import { Problem, type ProblemKind } from "../../packages/server/src/index.ts";
import { ServerMetrics } from "../../packages/server/src/node/metrics.ts";
import { Lifecycle, Models } from "../../packages/server/src/service/index.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Instructions of a Dockerfile, one a line, in stages that each begin with FROM. */
function stagesOf(source: string): string[][] {
  const lines = source
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: string[][] = [];
  for (const line of lines) {
    if (/^FROM /.test(line)) stages.push([]);
    stages.at(-1)?.push(line);
  }
  return stages;
}

/** Flags of `bax serve`, and what they are unless given. */
let flags: Map<string, string | undefined>;
beforeAll(() => {
  const help = bax(["serve", "--help"]).stdout.replaceAll(/\n {20,}/g, " ");
  const found = Array.from(help.matchAll(/^ +(?:-\w, )?(--[\w-]+)(?: <\w+>)? +(.*)$/gm), ([, flag, text]) => ({
    flag,
    default: /\(default: "(.*)"\)/.exec(text)?.[1],
  }));
  flags = new Map(found.map((one) => [one.flag, one.default]));
  expect(flags.get("--port")).toBe("8080");
});

function expectKnown(args: readonly string[]): void {
  for (const arg of args) if (arg.startsWith("--")) expect([...flags.keys()]).toContain(arg.split("=")[0]);
}

describe("the Dockerfile", () => {
  const source = read("docs/deploy/Dockerfile");
  const stages = stagesOf(source);
  const last = stages.at(-1) ?? [];
  const argsOf = (name: string): unknown => {
    const line = last.find((one) => one.startsWith(`${name} `));
    return JSON.parse(line?.slice(name.length + 1) ?? "null");
  };

  it("builds in stages of one Node, which the packages support, and ends with what serving needs", () => {
    const bases = stages.map(([from]) => /^FROM (\S+)/.exec(from)?.[1]);
    expect(new Set(bases)).toEqual(new Set(["node:20-bookworm-slim"]));
    expect(JSON.parse(read("package.json")).engines.node).toMatch(/^>=20\./);
    const names = stages.map(([from]) => / AS (\w+)$/.exec(from)?.[1]);
    expect(names).toEqual(["build", "packages", undefined]);
    for (const line of last) {
      const from = /^COPY --from=(\w+)/.exec(line)?.[1];
      if (from !== undefined) expect(names).toContain(from);
      else expect(line).not.toMatch(/^(COPY|ADD|RUN)/);
    }
  });

  it("copies the description of every package of the workspace before it installs any", () => {
    const [, packages] = stages;
    const copied = packages.flatMap((line) => /^COPY (packages\/\w+)\/package\.json/.exec(line)?.[1] ?? []);
    expect(copied.sort()).toEqual([...(JSON.parse(read("package.json")).workspaces as string[])].sort());
    expect(packages.at(-1)).toMatch(/^RUN npm ci .*--omit=dev .*--ignore-scripts/);
  });

  it("runs the command itself, as a user who is not root, on the port that it exposes", () => {
    expect(last.filter((line) => line.startsWith("USER "))).toEqual(["USER node"]);
    expect(last).toContain(`EXPOSE ${flags.get("--port")}`);
    const [node, script, ...args] = argsOf("ENTRYPOINT") as string[];
    expect(node).toBe("node");
    expect(existsSync(join(ROOT, script))).toBe(true);
    expect(last.some((line) => line.endsWith("packages/cli/bin"))).toBe(true);
    expect(args[0]).toBe("serve");
    expectKnown(args);
    expect(args).not.toContain("--port");
    expect(argsOf("CMD")).toEqual([expect.stringMatching(/^\/models\//)]);
    expect(last).toContain("VOLUME /models");
  });

  it("asks for the health of the port that it exposes, by a program that its base has", () => {
    const check = last.find((line) => line.startsWith("HEALTHCHECK ")) ?? "";
    const [program, flag, code] = JSON.parse(check.slice(check.indexOf("CMD ") + 4)) as string[];
    expect([program, flag]).toEqual(["node", "-e"]);
    expect(code).toContain(`http://127.0.0.1:${flags.get("--port")}/healthz`);
    expect(() => new Function(code)).not.toThrow();
  });

  it("holds no secret, and leaves out what holds some", () => {
    expect(source).not.toMatch(/^(ENV|ARG) .*(KEY|TOKEN|SECRET|PASSWORD)/im);
    const ignored = read("docs/deploy/Dockerfile.dockerignore").split("\n");
    for (const pattern of [".git", "**/node_modules", "**/dist", "**/*.pem", "**/*.key", "**/.env*"])
      expect(ignored).toContain(pattern);
  });
});

describe("the unit of systemd", () => {
  const source = read("docs/deploy/bax.service");
  const entries = Array.from(source.matchAll(/^([A-Za-z]+)=(.*)$/gm), ([, key, value]) => [key, value]);
  const settings = new Map(entries as [string, string][]);

  it("starts the command with flags that it has, and reloads it by the signal that it knows", () => {
    const [node, script, serve, ...args] = (settings.get("ExecStart") ?? "").split(" ");
    expect(node).toMatch(/^\/.*node$/);
    expect(existsSync(join(ROOT, script.replace("/opt/bax/", "")))).toBe(true);
    expect(serve).toBe("serve");
    expectKnown(args);
    expect(args.at(-1)).toMatch(/^\w+=\/.*\.safetensors$/);
    expect(settings.get("ExecReload")).toBe("/bin/kill -HUP $MAINPID");
    expect(existsSync(join(ROOT, (settings.get("Documentation") ?? "").replace("file:///opt/bax/", "")))).toBe(true);
  });

  it("waits longer for its end than the command does", () => {
    const within = Number(/--stop-within (\d+)/.exec(settings.get("ExecStart") ?? "")?.[1]);
    expect(Number(settings.get("TimeoutStopSec"))).toBeGreaterThan(within);
  });

  it("gives it no rights, and lets it compile what it runs", () => {
    for (const [key, value] of [
      ["DynamicUser", "yes"],
      ["NoNewPrivileges", "yes"],
      ["ProtectSystem", "strict"],
      ["ProtectHome", "yes"],
      ["CapabilityBoundingSet", ""],
      ["RestrictNamespaces", "yes"],
    ])
      expect(settings.get(key), key).toBe(value);
    expect(settings.has("MemoryDenyWriteExecute")).toBe(false);
    expect(settings.has("User")).toBe(false);
  });
});

describe("the example for Kubernetes", () => {
  const source = read("docs/deploy/kubernetes.yaml");

  it("has flags, a port and probes that the server has", () => {
    const args = JSON.parse(/^ +args: (\[.*\])$/m.exec(source)?.[1] ?? "[]") as string[];
    expect(args.length).toBeGreaterThan(0);
    expectKnown(args);
    expect(source).toContain(`containerPort: ${flags.get("--port")} `);
    expect(source).toMatch(/readinessProbe: .*\/readyz/);
    expect(source).toMatch(/livenessProbe: .*\/healthz/);
    const seconds = (flag: string): number => Number(args[args.indexOf(flag) + 1]);
    const grace = Number(/terminationGracePeriodSeconds: (\d+)/.exec(source)?.[1]);
    expect(grace).toBeGreaterThan(seconds("--drain") + seconds("--stop-within"));
  });
});

describe("docs/serve.md", () => {
  const page = read("docs/serve.md");
  const rowsUnder = (heading: string): string[] => {
    const section = page.slice(page.indexOf(`\n## ${heading}\n`)).split(/\n## /)[1];
    return section.split("\n").filter((line) => line.startsWith("| `"));
  };

  it("names every kind of refusal, with its status", () => {
    const source = read("packages/server/src/problem.ts");
    const union = /export type ProblemKind =([^;]*);/.exec(source)?.[1] ?? "";
    const kinds = Array.from(union.matchAll(/"([\w-]+)"/g), ([, kind]) => kind as ProblemKind);
    expect(kinds.length).toBeGreaterThan(10);
    const told = rowsUnder("Refusals").map((row) => /^\| `([\w-]+)` +\| +(\d+) \|/.exec(row)?.slice(1));
    expect(told).toEqual(kinds.map((kind) => [kind, String(new Problem(kind, "").status)]));
  });

  it("names every metric, with its kind and labels", async () => {
    const metrics = await new ServerMetrics(new Models(), new Lifecycle()).registry.getMetricsAsJSON();
    const own = metrics.filter(({ name }) => name.startsWith("bax_")).map(({ name, type }) => `${name} ${type}`);
    const told = rowsUnder("Metrics").map((row) => /^\| `(\w+)` +\| (\w+) /.exec(row)?.slice(1).join(" "));
    expect(told.sort()).toEqual(own.sort());
  });

  it("names no flag that the command does not have", () => {
    const served = page.replaceAll(/^ {4}.*$/gm, "").matchAll(/`(--[\w-]+)/g);
    const others = ["--stop-timeout", "--size"];
    for (const [, flag] of served) if (!others.includes(flag)) expect([...flags.keys()], flag).toContain(flag);
  });

  it("tells of limits as they are", async () => {
    const { DEFAULT_LIMITS } = await import("../../packages/server/src/index.ts");
    const section = page.slice(page.indexOf("\n## Limits and deadlines\n"));
    for (const name of Object.keys(DEFAULT_LIMITS)) expect(section).toContain(`\`limits.${name}\``);
    for (const [limit, flag] of [
      ["texts", "--max-texts"],
      ["characters", "--max-characters"],
    ] as const) {
      expect(flags.get(flag)).toBe(String(DEFAULT_LIMITS[limit]));
      expect(section).toMatch(new RegExp(`\\| ${DEFAULT_LIMITS[limit].toLocaleString("en")} +\\| \`${flag}\``));
    }
  });

  it("links to files that are there", () => {
    for (const [, link] of page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      if (!/^https?:/.test(link)) expect(existsSync(join(ROOT, "docs", link)), link).toBe(true);
  });
});
