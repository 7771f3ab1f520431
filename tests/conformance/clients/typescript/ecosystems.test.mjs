// Transactions of Ethereum and FISCO BCOS, submitted through our API, and their receipts, verified by both verifiers.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { secp256k1 } from "@noble/curves/secp256k1.js";

// The package's inside: there is no public way to make transactions of other ecosystems, which have clients of their own.
import { concat, toHex } from "../dist/src/bytes/bytes.js";
import { suiteOf } from "../dist/src/crypto/suites.js";
import { rlpList, rlpNumber, rlpString } from "../dist/src/formats/rlp.js";
import { clientOf, folder } from "./network.mjs";

const secret = new Uint8Array(32).fill(0x31);
const nobody = new Uint8Array(20).fill(0x22);
/** Creates a contract whose code is one byte, STOP. */
const creation = Uint8Array.of(0x60, 1, 0x60, 0, 0xf3);
const number = (bytes) => BigInt(`0x${toHex(bytes)}`);

function recoverable(digest) {
  const signature = secp256k1.Signature.fromBytes(secp256k1.sign(digest, secret, { prehash: false, format: "recovered" }), "recovered");
  return { r: signature.r, s: signature.s, bit: BigInt(signature.recovery) };
}

/** EIP-155. */
function ethereum(chain, nonce, to, data) {
  const { hash } = suiteOf(2);
  const fields = [rlpNumber(nonce), rlpNumber(0n), rlpNumber(100_000n), rlpString(to), rlpNumber(0n), rlpString(data)];
  const { r, s, bit } = recoverable(hash(rlpList(...fields, ...[chain, 0n, 0n].map(rlpNumber))));
  const body = rlpList(...fields, ...[35n + 2n * chain + bit, r, s].map(rlpNumber));
  return { id: hash(body), bytes: concat(Uint8Array.of(0x54, 1, 0, 1), body) };
}

function fisco(suite, chain, group, limit, to, data) {
  const fields = [
    ...[number(crypto.getRandomValues(new Uint8Array(31))), 0n, 1_000_000n, limit].map(rlpNumber), rlpString(to),
    rlpNumber(0n), rlpString(data), rlpNumber(chain), rlpNumber(group), rlpString(new Uint8Array()),
  ];
  const digest = suite.hash(rlpList(...fields));
  let seal;
  if (suite.number === 2) {
    const { r, s, bit } = recoverable(digest);
    seal = [rlpNumber(27n + bit), rlpNumber(r), rlpNumber(s)];
  } else {
    const signature = suite.sign(digest, secret);
    seal = [rlpString(suite.uncompressed(suite.publicKey(secret))), rlpNumber(number(signature.subarray(0, 32))),
      rlpNumber(number(signature.subarray(32)))];
  }
  const body = rlpList(...fields, ...seal);
  return { id: suite.hash(body), bytes: concat(Uint8Array.of(0x54, 1, 0, 2), body) };
}

async function proven(app, transaction, file, dialect, called) {
  const outcome = await app.submit(transaction);
  assert.equal(outcome.success, true, outcome.error);
  const { verdict, bytes } = await app.receipt(transaction.id);
  assert.equal(verdict.success, true);
  assert.deepEqual([verdict.transaction.dialect, verdict.transaction.function], [dialect, called]);
  writeFileSync(join(folder, `${file}.receipt.json`), bytes);
  return verdict.receipt.createdAddress;
}

test("ethereum", async () => {
  const app = await clientOf().app("coin");
  await proven(app, ethereum(2026n, 0n, nobody, new Uint8Array()), "ethereum-call", "ethereum", "call");
  await proven(app, ethereum(2026n, 1n, new Uint8Array(), creation), "ethereum-create", "ethereum", "create");
});

for (const [name, suite, group] of [["notary", 2, 1n], ["seal", 3, 2n]]) {
  test(`fisco, ${suiteOf(suite).name}`, async () => {
    const app = await clientOf().app(name);
    const make = (to, data) => fisco(suiteOf(suite), 1n, group, 500n, to, data);
    const created = await proven(app, make(new Uint8Array(), creation), `fisco-${suite}-create`, "fisco", "create");
    await proven(app, make(created, new Uint8Array()), `fisco-${suite}-call`, "fisco", "call");
  });
}
