// Compiles every contract of contracts/ with the pinned solc, into artifacts.json:
// { Name: { abi, bytecode } }. Does nothing when that is newer than the contracts.
//
//   node lib/compile.mjs            EVM_VERSION=cancun by default
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const root = new URL("..", import.meta.url).pathname;
const output = join(root, "artifacts.json");
const evmVersion = process.env.EVM_VERSION ?? "cancun";

const files = readdirSync(join(root, "contracts")).filter((name) => name.endsWith(".sol"));
const stamp = JSON.stringify([evmVersion, files.map((name) => [name, statSync(join(root, "contracts", name)).mtimeMs])]);

function isFresh() {
  try {
    return JSON.parse(readFileSync(output, "utf8")).stamp === stamp;
  } catch {
    return false;
  }
}

if (!isFresh()) {
  const solc = require("solc");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((name) => [name, { content: readFileSync(join(root, "contracts", name), "utf8") }])),
    settings: {
      evmVersion,
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const readImport = (path) => {
    try {
      return { contents: readFileSync(require.resolve(path), "utf8") };
    } catch (error) {
      return { error: error.message };
    }
  };
  const compiled = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  const errors = (compiled.errors ?? []).filter((each) => each.severity === "error");
  if (errors.length) {
    console.error(errors.map((each) => each.formattedMessage).join("\n"));
    process.exit(1);
  }
  const contracts = {};
  for (const name of files) {
    for (const [contract, { abi, evm }] of Object.entries(compiled.contracts[name] ?? {})) {
      contracts[contract] = { abi, bytecode: "0x" + evm.bytecode.object };
    }
  }
  writeFileSync(output, JSON.stringify({ stamp, contracts }));
}
