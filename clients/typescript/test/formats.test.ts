// The formats that a verifier reads: golden vectors of ours, and transactions that others' code made.

import assert from "node:assert/strict";
import { test } from "node:test";

import { concat, fromHex, toHex } from "../src/bytes/bytes.js";
import { whole } from "../src/bytes/reader.js";
import { hashOf, sha256 } from "../src/crypto/hashes.js";
import { readCertificate, readEpochRecord, quorum } from "../src/formats/epoch.js";
import { headerHash, headerStatement, pathLeads, readHeader } from "../src/formats/header.js";
import { readPayload, writePayload } from "../src/formats/payload.js";
import { readReceipt } from "../src/formats/receipt.js";
import { readTransaction } from "../src/formats/transaction.js";
import { codeOf } from "./refusals.js";
import { loadJson } from "./vectors.js";

/** What follows from the bytes, as the vectors write it. */
const DERIVE: Record<string, (bytes: Uint8Array) => object> = {
  transaction: (bytes) => ({ id: toHex(readTransaction(bytes).id), signed: true }),
  payload: (bytes) => (whole("payload", bytes, readPayload), {}),
  header: (bytes) => {
    const header = readHeader(bytes);
    return { hash: toHex(headerHash(header)), statement: toHex(headerStatement(header)) };
  },
  receipt: (bytes) => (readReceipt(bytes), {}),
  certificate: (bytes) => (readCertificate(bytes), {}),
  "epoch record": (bytes) => {
    const { peers } = readEpochRecord(bytes);
    return { hash: toHex(sha256(bytes)), quorum: quorum(peers.length) };
  },
};

interface FormatVector { name: string; format: string; bytes: string; derived: object }

for (const { name, format, bytes, derived } of loadJson<FormatVector[]>("formats.json")) {
  const derive = DERIVE[format];
  if (!derive) continue;
  test(`format: ${name}`, () => {
    const data = fromHex(bytes);
    assert.deepEqual(derive(data), derived);
    assert.equal(codeOf(() => derive(Uint8Array.of(0x3f, ...data.slice(1)))), "invalid_argument");
    assert.equal(codeOf(() => derive(Uint8Array.of(data[0]!, 2, ...data.slice(2)))), "unsupported_version");
    assert.notEqual(codeOf(() => derive(data.slice(0, -1))), "ok");
    assert.notEqual(codeOf(() => derive(concat(data, Uint8Array.of(0)))), "ok");
  });
}

test("a payload that is read and written is the same", () => {
  for (const { format, bytes } of loadJson<FormatVector[]>("formats.json")) {
    if (format !== "payload") continue;
    assert.equal(toHex(writePayload(whole("payload", fromHex(bytes), readPayload))), bytes);
  }
});

interface RefusedVector { name: string; format: string; bytes: string; code: string }

for (const { name, format, bytes, code } of loadJson<RefusedVector[]>("refused.json")) {
  const derive = DERIVE[format];
  if (derive) test(`refused ${format}: ${name}`, () => assert.equal(codeOf(() => derive(fromHex(bytes))), code));
}

interface Tree { hash: number; leaves: string[]; root: string; paths: { index: number; path: string[] }[] }

test("a Merkle path leads from its own index only", () => {
  for (const { hash, leaves, root, paths } of loadJson<{ trees: Tree[] }>("commitments.json").trees) {
    for (const { index, path } of paths) {
      const leads = (at: number, more: string[] = []): boolean => pathLeads(
        hashOf(hash), fromHex(leaves[index]!), at, leaves.length, [...path, ...more].map((one) => fromHex(one)),
        fromHex(root));
      const found = Array.from({ length: leaves.length + 1 }, (_, at) => at).filter((at) => leads(at));
      assert.deepEqual(found, [index]);
      assert.equal(leads(index, [root]), false, "a hash too long");
    }
  }
});

// --- of other ecosystems

const wrapped = (dialect: number, raw: string): Uint8Array => concat(Uint8Array.of(0x54, 1, 0, dialect), fromHex(raw));

interface EthereumVector { name: string; raw: string; hash: string; public_key: string; to: string | null }

for (const { name, raw, hash, public_key, to } of
  loadJson<{ transactions: EthereumVector[] }>("foreign/ethereum-transactions.json").transactions) {
  test(`Ethereum: ${name}`, () => {
    const transaction = readTransaction(wrapped(1, raw));
    assert.deepEqual(
      [toHex(transaction.id), toHex(transaction.signer), transaction.function, transaction.suite.name],
      [hash, public_key, to === null ? "create" : "call", "secp256k1"]);
    assert.notEqual(codeOf(() => readTransaction(wrapped(1, `${raw}00`))), "ok");
    assert.notEqual(codeOf(() => readTransaction(wrapped(1, raw.slice(0, -2)))), "ok");
    assert.notEqual(codeOf(() => readTransaction(wrapped(2, raw))), "ok");
  });
}

for (const { key, raw } of
  loadJson<{ transactions: { key: string; raw: string }[] }>("foreign/fisco-transactions.json").transactions) {
  test(`FISCO BCOS: ${key}`, () => {
    const transaction = readTransaction(wrapped(2, raw));
    assert.equal(transaction.suite.name, key === "SM2" ? "sm2" : "secp256k1");
    assert.equal(toHex(transaction.id), toHex(transaction.suite.hash(fromHex(raw))));
    const data = fromHex(raw);
    data[data.length - 1]! ^= 1;  // the signature's last byte: another key signed, or none
    const other = ((): string => {
      try {
        return toHex(readTransaction(wrapped(2, toHex(data))).signer);
      } catch {
        return "none";
      }
    })();
    assert.notEqual(other, toHex(transaction.signer));
  });
}
