// Key files go both ways between the client and the command `bsn key`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Key, Refused, toHex } from "bsn-client";

import { folder } from "./network.mjs";

const bsn = (...words) => JSON.parse(execFileSync(process.env.BSN_BINARY, ["--json", ...words], {
  cwd: folder, env: { ...process.env, BSN_HOME: process.env.BSN_HOME }, encoding: "utf8", input: "",
}));
const file = (name, content) => {
  writeFileSync(join(folder, name), content, { mode: 0o600 });
  return name;
};

for (const suite of ["secp256r1", "secp256k1", "sm2"]) {
  test(`${suite}: a key of bsn is read, an encrypted one with its passphrase`, async () => {
    const { participant } = bsn("key", "new", `old-${suite}`, "--suite", suite);
    bsn("key", "export", `old-${suite}`, "--private", "-o", `${suite}.pem`);
    const key = await Key.fromPem(readFileSync(join(folder, `${suite}.pem`), "utf8"));
    assert.deepEqual([toHex(key.participant), key.suite], [participant, suite]);

    const passphrase = file("passphrase", "open 芝麻\n");
    bsn("key", "export", `old-${suite}`, "--private", "-o", `${suite}.locked.pem`, "--new-passphrase-file", passphrase);
    const locked = readFileSync(join(folder, `${suite}.locked.pem`), "utf8");
    assert.equal(toHex((await Key.fromPem(locked, "open 芝麻")).participant), participant);
    await assert.rejects(Key.fromPem(locked, "close"), (problem) => problem instanceof Refused && problem.code === "unauthenticated");
    await assert.rejects(Key.fromPem(locked), (problem) => problem instanceof Refused && problem.code === "unauthenticated");
  });

  test(`${suite}: bsn reads a key of ours`, () => {
    const key = Key.generate(suite);
    bsn("key", "import", `new-${suite}`, file(`new-${suite}.pem`, key.toPem()));
    const shown = bsn("key", "show", `new-${suite}`);
    assert.deepEqual([shown.participant, shown.suite], [toHex(key.participant), suite]);
  });
}
