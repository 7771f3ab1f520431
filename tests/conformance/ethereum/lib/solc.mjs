#!/usr/bin/env node
// The npm solc behind the command line that forge expects of a native one: --version and --standard-json.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(import.meta.url);
const solc = require("solc");

const words = process.argv.slice(2);
if (words.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version().replace("Emscripten.clang", "Linux.g++")}`);
} else if (words.includes("--standard-json")) {
  const base = words.includes("--base-path") ? words[words.indexOf("--base-path") + 1] : ".";
  const readImport = (path) => {
    try {
      return { contents: readFileSync(resolve(base, path), "utf8") };
    } catch (error) {
      return { error: error.message };
    }
  };
  process.stdout.write(solc.compile(readFileSync(0, "utf8"), { import: readImport }));
} else {
  console.error("usage: solc.mjs --version | --standard-json [--base-path FOLDER] < INPUT");
  process.exit(2);
}
