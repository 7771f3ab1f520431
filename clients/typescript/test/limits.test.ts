// Limits, and the rules that a file of the right form can still break.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromUtf8, utf8 } from "../src/bytes/bytes.js";
import { Key, readBundle, readGenesis, signTransaction } from "../src/index.js";
import { readTransaction } from "../src/formats/transaction.js";
import { codeOf } from "./refusals.js";
import { load } from "./vectors.js";

const MIB = 1 << 20;
const filled = (size: number, first: number): Uint8Array => new Uint8Array(size).fill(first, 0, 1);

test("what is too large is not read", () => {
  assert.equal(codeOf(() => readGenesis(filled(16 * MIB + 1, 0x7b))), "too_large");
  assert.equal(codeOf(() => readGenesis(filled(16 * MIB, 0x7b))), "invalid_argument");
  assert.equal(codeOf(() => readBundle(filled(64 * MIB + 1, 0x7b))), "too_large");
  assert.equal(codeOf(() => readBundle(filled(16 * MIB + 1, 0x56))), "too_large");
  assert.equal(codeOf(() => readTransaction(filled(MIB + 1, 0x54))), "too_large");
  assert.equal(codeOf(() => readTransaction(Uint8Array.of(0x54, 1, 0, 0, ...new Uint8Array(96)))), "invalid_argument");
});

test("lists of bundles have bounds", () => {
  const text = fromUtf8(load("bundles/system-transaction.receipt.json"));
  const hashes = (count: number): string => Array(count).fill(`      "${"00".repeat(32)}"`).join(",\n");
  const path = (count: number): string => text.replace(/"receipt_path": \[[^\]]*\]/, `"receipt_path": [\n${hashes(count)}\n    ]`);
  assert.equal(codeOf(() => readBundle(utf8(path(32)))), "ok");
  assert.equal(codeOf(() => readBundle(utf8(path(33)))), "too_large");
});

test("members have one order, and none is left out, added or said twice", () => {
  const text = fromUtf8(load("genesis-3.json"));
  for (const [old, changed] of [
    ['  "version": 1,\n', ""], ['  "version": 1,\n', '  "version": 1,\n  "version": 1,\n'], ['  "approvals": ', '  "more": 1,\n  "approvals": '],
    ['"created"', '"Created"'], ['  "format": "bsn-genesis",\n  "version": 1,\n', '  "version": 1,\n  "format": "bsn-genesis",\n'],
    [/"name": "[^"]*"/, '"name": null'],
  ] as const) {
    const other = text.replace(old, changed);
    assert.notEqual(other, text);
    assert.equal(codeOf(() => readGenesis(utf8(other))), "invalid_argument", changed);
  }
});

test("validators are there if and only if ordering is by CometBFT", () => {
  const text = fromUtf8(load("genesis-3.json"));
  const comet = text.replace('"type": "embedded"', '"type": "cometbft"');
  const validator = (of: string, key: string): string => of.replaceAll(/( +)"certificate"/g, `$1"validator": "${key}",\n$1"certificate"`);
  const first = (of: string, key: string): string => of.replace(/( +)"certificate"/, `$1"validator": "${key}",\n$1"certificate"`);
  const key = "ab".repeat(32);
  assert.equal(codeOf(() => readGenesis(utf8(first(comet, key)))), "ok");
  assert.equal(codeOf(() => readGenesis(utf8(comet))), "invalid_argument");
  assert.equal(codeOf(() => readGenesis(utf8(first(text, key)))), "invalid_argument");
  assert.equal(codeOf(() => readGenesis(utf8(first(comet, key.slice(2))))), "invalid_argument");
  assert.equal(codeOf(() => readGenesis(utf8(validator(comet, key)))), "invalid_argument", "two with the same key");
});

test("a call that nobody would take is not signed", () => {
  const [key, id] = [Key.generate(), new Uint8Array(32)];
  const sign = (contract: string, name: string, args: Uint8Array[] = []) => (): unknown =>
    signTransaction(key, id, id, { contract, function: name, arguments: args });
  const empty = new Uint8Array();
  assert.equal(codeOf(sign("kv", "set", Array(256).fill(empty))), "ok");
  assert.equal(codeOf(sign("kv", "set", Array(257).fill(empty))), "too_large");
  assert.equal(codeOf(sign("kv", "set", [new Uint8Array(MIB)])), "too_large");
  for (const [contract, name] of [["", "set"], ["KV", "set"], ["k".repeat(65), "set"], ["kv", ""], ["kv", "a b"], ["kv", "é"], ["kv", "s".repeat(65)]]) {
    assert.equal(codeOf(sign(contract!, name!)), "invalid_argument", `${contract}.${name}`);
  }
  assert.equal(codeOf(() => signTransaction(key, id, id, { contract: "kv", function: "set" }, { nonce: new Uint8Array(15) })), "invalid_argument");
});
