// Compiles contracts/*.sol with the pinned solc 0.4 into compiled/NAME.abi and NAME.bin (hex, no 0x). Not for SM
// groups: there the ecosystem's own compiler gives function selectors by SM3, see java/.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const require = createRequire(import.meta.url);
const solc = require("solc-0.4");
const root = new URL("..", import.meta.url).pathname;
const sources = {};
for (const name of readdirSync(join(root, "contracts")).filter((each) => each.endsWith(".sol"))) {
  sources[name] = { content: readFileSync(join(root, "contracts", name), "utf8") };
}
const output = { "*": { "*": ["abi", "evm.bytecode.object"] } };
const input = { language: "Solidity", sources, settings: { optimizer: { enabled: true, runs: 200 }, outputSelection: output } };
const readImport = (path) => (sources[basename(path)] ? { contents: sources[basename(path)].content } : { error: "no such file" });
const compiled = JSON.parse(solc.compileStandardWrapper(JSON.stringify(input), readImport));
const errors = (compiled.errors ?? []).filter((each) => each.severity === "error");
if (errors.length) {
  console.error(errors.map((each) => each.formattedMessage).join("\n"));
  process.exit(1);
}
mkdirSync(join(root, "compiled"), { recursive: true });
for (const file of Object.values(compiled.contracts)) {
  for (const [name, { abi, evm }] of Object.entries(file)) {
    if (!evm.bytecode.object) continue; // an interface
    writeFileSync(join(root, "compiled", `${name}.abi`), JSON.stringify(abi));
    writeFileSync(join(root, "compiled", `${name}.bin`), evm.bytecode.object);
  }
}
