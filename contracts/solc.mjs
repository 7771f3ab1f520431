// Compiles Solidity with the npm package solc, for `bsn contract build`, which has this file within.
//
// stdin:  {"file", "version", "optimize", "runs", "evm_version"}: an absolute path; a version or the beginning of
//         one, empty for the newest that the file's pragma allows.
// stdout: {"compiler", "sources": {name: sha256}, "output"}: output is that of Solidity's standard JSON.
// Exit 3: no such compiler; stderr then says which there are.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve, sep } from "node:path";

const request = JSON.parse(readFileSync(0, "utf8"));
const folder = dirname(request.file);

/** The folders node_modules that may hold compilers and imports, nearest first. */
function moduleFolders() {
  const folders = [];
  if (process.env.BSN_SOLC) folders.push(process.env.BSN_SOLC, join(process.env.BSN_SOLC, "node_modules"));
  for (const start of [folder, process.cwd()]) {
    for (let at = start; ; at = dirname(at)) {
      folders.push(join(at, "node_modules"));
      if (at === dirname(at)) break;
    }
  }
  folders.push(resolve(process.execPath, "../../lib/node_modules"), "/usr/local/lib/node_modules");
  return [...new Set(folders)].filter(existsSync);
}

/** All packages named solc, under whatever alias: [{version, path}]. */
function compilers(folders) {
  const found = [];
  for (const modules of folders) {
    for (const name of readdirSync(modules)) {
      const file = join(modules, name, "package.json");
      if (!name.startsWith("solc") || !existsSync(file)) continue;
      const description = JSON.parse(readFileSync(file, "utf8"));
      if (description.name === "solc") found.push({ version: description.version, path: join(modules, name) });
    }
  }
  return found;
}

/** Positive if version a is the newer one. */
function compare(a, b) {
  const [x, y] = [a, b].map((version) => version.split(/[.+-]/, 3).map(Number));
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}

/** True if one alternative of a pragma, such as ">=0.4.24 <0.6.0" or "^0.8.0", allows the version. */
function satisfies(version, range) {
  const parts = range.trim().matchAll(/(\^|~|>=|<=|>|<|=)?\s*v?(\d+)\.(\d+)(?:\.(\d+))?/g);
  return [...parts].every(([, sign, major, minor, patch]) => {
    const bound = `${major}.${minor}.${patch ?? 0}`;
    const next = sign === "^" && major !== "0" ? `${+major + 1}.0.0` : `${major}.${+minor + 1}.0`;
    const order = compare(version, bound);
    switch (sign) {
      case ">=": return order >= 0;
      case "<=": return order <= 0;
      case ">": return order > 0;
      case "<": return order < 0;
      case "^": case "~": return order >= 0 && compare(version, next) < 0;
      default: return patch === undefined ? order >= 0 && compare(version, next) < 0 : order === 0;
    }
  });
}

function choose(source, found) {
  const fits = ({ version }) => {
    if (request.version) return version === request.version || version.startsWith(`${request.version}.`);
    const code = source.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    return [...code.matchAll(/pragma\s+solidity\s+([^;]+);/g)].every(([, ranges]) =>
      ranges.split("||").some((range) => satisfies(version, range)));
  };
  const fitting = found.filter(fits).sort((a, b) => compare(b.version, a.version));
  if (fitting.length === 0) {
    const there = [...new Set(found.map(({ version }) => version))].join(", ") || "none";
    const wanted = request.version || `that ${basename(request.file)} allows (its pragma solidity)`;
    console.error(`no Solidity compiler ${wanted}; installed: ${there}`);
    process.exit(3);
  }
  return fitting[0];
}

const source = readFileSync(request.file, "utf8");
const folders = moduleFolders();
const chosen = choose(source, compilers(folders));
const solc = createRequire(join(chosen.path, "package.json"))(chosen.path);

const sources = {};
function note(name, text) {
  sources[name] = createHash("sha256").update(text).digest("hex");
  return text;
}

/** An import by the name that the compiler gives it: beside the file and below, or in a package. */
function readImport(name) {
  const places = [resolve(folder, name), ...folders.map((modules) => resolve(modules, name))];
  const roots = [folder, ...folders];
  for (const [i, place] of places.entries()) {
    if (place.startsWith(roots[i] + sep) && existsSync(place)) {
      return { contents: note(name, readFileSync(place, "utf8")) };
    }
  }
  return { error: `not found in ${folder} or in packages` };
}

const main = basename(request.file);
const input = JSON.stringify({
  language: "Solidity",
  sources: { [main]: { content: note(main, source) } },
  settings: {
    optimizer: { enabled: request.optimize, runs: request.runs },
    ...(request.evm_version ? { evmVersion: request.evm_version } : {}),
    outputSelection: {
      "*": { "*": ["abi", "metadata", "evm.bytecode.object", "evm.bytecode.linkReferences", "evm.deployedBytecode.object"] },
    },
  },
});

// How the compiler is called changed twice.
const [, minor] = chosen.version.split(".").map(Number);
const compile = minor < 5 ? solc.compileStandardWrapper : solc.compile;
const answer = compile(input, minor < 6 ? readImport : { import: readImport });
process.stdout.write(JSON.stringify({ compiler: solc.version(), sources, output: JSON.parse(answer) }));
