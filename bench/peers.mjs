// The programs that bax is measured against, in .cache/: PyPI's fastText (built from source with its own flags), scikit-learn and Vowpal
// Wabbit in a virtual environment, packages of npm in a folder of their own, and Debian's commands `fasttext` and `wrk`. What cannot be had is named,
// and the rest goes on without it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache } from "./places.mjs";

const environment = join(cache, "peers");
const python = join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

/** What pip installs, and the module that shows it is there. NumPy 1: the last release of fastText does not work with NumPy 2. */
const PACKAGES = [
  { name: "fastText", module: "fasttext", requirements: ["numpy<2", "fasttext==0.9.3"] },
  { name: "scikit-learn", module: "sklearn", requirements: ["numpy<2", "scikit-learn"] },
  { name: "Vowpal Wabbit", module: "vowpalwabbit", requirements: ["numpy<2", "vowpalwabbit"] },
];

/** What a module is called at PyPI, and as a peer, where that is not its name. */
const DISTRIBUTIONS = { sklearn: "scikit-learn" };
const PEER_NAMES = { fasttext: "fastText" };

const nodePackages = join(cache, "npm-peers");
/** Packages of npm: no dependencies of the project, since nobody else needs them. */
const NODE_PACKAGES = { natural: "8.1.1", "wink-naive-bayes-text-classifier": "2.2.1" };

/** Commands of Debian, by the names of the peers. */
const COMMANDS = { command: "fasttext", wrk: "wrk" };

function succeeds(command, ...args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function output(command, ...args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

/** Runs an installer and shows its last lines where it fails. */
function install(what, command, ...args) {
  console.error(`installing ${what} …`);
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status === 0) return true;
  const reason = (error?.message ?? stderr).trim().split("\n").slice(-3).join("\n  ");
  console.error(`  ${what} could not be installed:\n  ${reason}`);
  return false;
}

function makeEnvironment() {
  return existsSync(python) || install("a Python environment", "python3", "-m", "venv", environment);
}

/** A command of Debian, in the package of its name: found on the path, or installed where that is allowed. */
function findCommand(name) {
  if (output("sh", "-c", `command -v ${name}`)) return name;
  const root = process.getuid?.() === 0 && succeeds("apt-get", "--version");
  if (root && install(`the command ${name}`, "apt-get", "install", "-y", "--no-install-recommends", name)) return name;
  return null;
}

function findNodePackages() {
  const versionOf = (name) => {
    const path = join(nodePackages, "node_modules", name, "package.json");
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : undefined;
  };
  const isThere = () => Object.entries(NODE_PACKAGES).every(([name, version]) => versionOf(name) === version);
  if (!isThere()) {
    mkdirSync(nodePackages, { recursive: true });
    writeFileSync(join(nodePackages, "package.json"), '{ "private": true }\n');
    const names = Object.entries(NODE_PACKAGES).map(([name, version]) => `${name}@${version}`);
    install(names.join(", "), "npm", "install", "--prefix", nodePackages, "--ignore-scripts", "--save-exact", ...names);
  }
  return isThere() ? nodePackages : null;
}

/**
 * Finds the peers, installing what is absent. `wanted`: any of "fasttext", "sklearn", "vowpalwabbit", "npm", "command", "wrk".
 * Returns paths: `fastText`, `sklearn` and `vowpalwabbit` are a Python that has the package, or null; `npm` is a folder whose
 * node_modules have the packages, or null; `command` is Debian's fasttext and `wrk` Debian's wrk, or null.
 */
export function findPeers(wanted) {
  const peers = {
    fastText: null,
    sklearn: null,
    vowpalwabbit: null,
    npm: null,
    command: null,
    wrk: null,
    versions: {},
    missing: [],
  };
  for (const { name, module, requirements } of PACKAGES) {
    if (!wanted.includes(module)) continue;
    const found =
      makeEnvironment() &&
      (succeeds(python, "-c", `import ${module}`) || install(name, python, "-m", "pip", "install", ...requirements));
    if (!found) {
      peers.missing.push(`${name} from PyPI (needs python3 with venv, its headers and a C++ compiler)`);
      continue;
    }
    peers[PEER_NAMES[module] ?? module] = python;
    const distribution = DISTRIBUTIONS[module] ?? module;
    const version = `from importlib.metadata import version; print(version("${distribution}"))`;
    peers.versions[`${name} (PyPI)`] = output(python, "-c", version);
  }
  if (wanted.includes("npm")) {
    peers.npm = findNodePackages();
    if (peers.npm === null) peers.missing.push(`${Object.keys(NODE_PACKAGES).join(", ")} from npm`);
    else Object.assign(peers.versions, NODE_PACKAGES);
  }
  for (const [key, name] of Object.entries(COMMANDS)) {
    if (!wanted.includes(key)) continue;
    peers[key] = findCommand(name);
    if (peers[key] === null) peers.missing.push(`the command ${name} (Debian: apt-get install ${name})`);
    else peers.versions[`${name} (Debian)`] = output("dpkg-query", "-W", name).split("\t")[1] ?? "unknown";
  }
  for (const missing of peers.missing) console.error(`without ${missing}: its columns stay empty`);
  return peers;
}
