// The folders of src/ have an order: each uses only itself and those below it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const ORDER = ["bytes", "crypto", "formats", "verify", "client"];
const source = fileURLToPath(new URL("../../src", import.meta.url));

for (const [level, folder] of ORDER.entries()) {
  test(`src/${folder} uses nothing above it, and nothing of Node`, () => {
    for (const file of readdirSync(join(source, folder))) {
      const text = readFileSync(join(source, folder, file), "utf8");
      for (const [, name] of text.matchAll(/from "([^"]+)"/g)) {
        const used = /^\.\.\/(\w+)\//.exec(name!)?.[1];
        assert.ok(name!.startsWith("./") || name!.startsWith("@noble/") || (used && ORDER.indexOf(used) < level), `${file}: ${name}`);
      }
    }
  });
}
