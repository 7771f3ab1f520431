// RLP and the transactions made of it: the shortest form only, and the values that belong there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { secp256k1 } from "@noble/curves/secp256k1.js";

import { concat, fromHex, toHex } from "../src/bytes/bytes.js";
import { suiteOf } from "../src/crypto/suites.js";
import { rlpList, rlpNumber, RlpReader, rlpString } from "../src/formats/rlp.js";
import { readTransaction } from "../src/formats/transaction.js";
import { codeOf } from "./refusals.js";

const read = (hex: string): RlpReader => new RlpReader(fromHex(hex));

const STRINGS: [string, string | undefined][] = [
  ["00", "00"], ["7f", "7f"], ["80", ""], ["8180", "80"], ["820100", "0100"], ["b838" + "11".repeat(56), "11".repeat(56)],
  ["", undefined], ["8100", undefined], ["817f", undefined], ["82ff", undefined], ["b80111", undefined],
  ["b837" + "11".repeat(55), undefined], ["b90038" + "11".repeat(56), undefined], ["b838" + "11".repeat(55), undefined],
  ["b9", undefined], ["bfffffffffffffffff", undefined], ["c0", undefined], ["c101", undefined],
];

for (const [hex, value] of STRINGS) {
  test(`string ${hex.slice(0, 12)}: ${value === undefined ? "refused" : "read"}`, () => {
    if (value === undefined) return assert.equal(codeOf(() => read(hex).string("x")), "invalid_argument");
    assert.equal(toHex(read(hex).string("x")), value);
    assert.equal(toHex(rlpString(fromHex(value))), hex);
  });
}

test("lists, numbers, addresses", () => {
  const list = read("c3018180").list("x");
  assert.equal(list.number("a"), 1n);
  assert.equal(list.number("b"), 128n);
  assert.equal(list.more, false);
  assert.equal(codeOf(() => list.string("missing")), "invalid_argument");
  assert.equal(codeOf(() => read("80").list("x")), "invalid_argument");
  assert.equal(codeOf(() => read("820001").number("leading zero")), "invalid_argument");
  assert.equal(codeOf(() => read("00").number("zero")), "invalid_argument");
  assert.equal(read("80").number("x"), 0n);
  assert.equal(codeOf(() => read("89" + "11".repeat(9)).number("nine bytes", 8)), "invalid_argument");
  assert.equal(codeOf(() => read("a1" + "11".repeat(33)).number("33 bytes")), "invalid_argument");
  assert.equal(read("80").address("x"), undefined);
  assert.equal(codeOf(() => read("93" + "11".repeat(19)).address("19 bytes")), "invalid_argument");
  assert.equal(codeOf(() => read("93" + "11".repeat(19)).fixed("19 bytes", 20)), "invalid_argument");
  assert.equal(codeOf(() => read("0102").finish("x")), "invalid_argument");
});

// --- transactions that are signed as they stand, so that only their form decides

const secret = new Uint8Array(32).fill(0x31);
const N = secp256k1.Point.Fn.ORDER;
const none = new Uint8Array();

function seal(digest: Uint8Array): { r: bigint; s: bigint; bit: bigint } {
  const bytes = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
  return { r: BigInt(`0x${toHex(bytes.subarray(1, 33))}`), s: BigInt(`0x${toHex(bytes.subarray(33))}`), bit: BigInt(bytes[0]!) };
}

interface Twist { v?: bigint; to?: Uint8Array; s?: (s: bigint) => bigint; parity?: bigint; access?: Uint8Array; more?: Uint8Array[]; type?: number }

function legacy({ v, to = none, s: change = (s) => s, more = [] }: Twist): Uint8Array {
  const fields = [1n, 2n, 3n].map(rlpNumber).concat(rlpString(to), rlpNumber(4n), rlpString(none));
  const { r, s, bit } = seal(suiteOf(2).hash(rlpList(...fields)));
  return rlpList(...fields, ...[v ?? 27n + bit, r, change(s)].map(rlpNumber), ...more);
}

function typed({ parity, access = rlpList(), type = 1, more = [] }: Twist): Uint8Array {
  const fees = type === 2 ? [2n, 2n] : [2n];
  const fields = [9n, 1n, ...fees, 3n].map(rlpNumber).concat(rlpString(none), rlpNumber(4n), rlpString(none), access);
  const { r, s, bit } = seal(suiteOf(2).hash(concat(Uint8Array.of(type), rlpList(...fields))));
  return concat(Uint8Array.of(type), rlpList(...fields, ...[parity ?? bit, r, s].map(rlpNumber), ...more));
}

function fisco(v: (bit: bigint) => Uint8Array): Uint8Array {
  const fields = [1n, 2n, 3n, 4n].map(rlpNumber).concat(rlpString(none), ...[0n].map(rlpNumber), rlpString(none), rlpNumber(1n), rlpNumber(1n), rlpString(none));
  const { r, s, bit } = seal(suiteOf(2).hash(rlpList(...fields)));
  return rlpList(...fields, rlpString(v(bit)), rlpNumber(r), rlpNumber(s));
}

const entry = (...items: Uint8Array[]): Uint8Array => rlpList(rlpList(...items));
const [address, slot] = [new Uint8Array(20).fill(1), new Uint8Array(32).fill(2)];
const key = toHex(secp256k1.getPublicKey(secret));

const CASES: [string, number, Uint8Array, string][] = [
  ["legacy", 1, legacy({}), "ok"],
  ["legacy, high s", 1, legacy({ s: (s) => N - s }), "bad_signature"],
  ["legacy, s of nothing", 1, legacy({ s: () => 0n }), "bad_signature"],
  ["legacy, s beyond the order", 1, legacy({ s: () => N }), "bad_signature"],
  ["legacy, v 26", 1, legacy({ v: 26n }), "invalid_argument"],
  ["legacy, v 34", 1, legacy({ v: 34n }), "invalid_argument"],
  ["legacy, v of too large a chain id", 1, legacy({ v: 35n + 2n * (2n ** 63n - 18n) }), "invalid_argument"],
  ["legacy, recipient of 19 bytes", 1, legacy({ to: address.subarray(1) }), "invalid_argument"],
  ["legacy, an item more", 1, legacy({ more: [rlpNumber(1n)] }), "invalid_argument"],
  ["type 1", 1, typed({}), "ok"],
  ["type 2", 1, typed({ type: 2 }), "ok"],
  ["type 3", 1, typed({ type: 3 }), "unsupported_version"],
  ["type 0", 1, typed({ type: 0 }), "unsupported_version"],
  ["type 0x80", 1, typed({ type: 0x80 }), "invalid_argument"],
  ["no bytes", 1, none, "invalid_argument"],
  ["parity 2", 1, typed({ parity: 2n }), "invalid_argument"],
  ["an item more", 1, typed({ more: [rlpNumber(1n)] }), "invalid_argument"],
  ["access list", 1, typed({ access: entry(rlpString(address), rlpList(rlpString(slot))) }), "ok"],
  ["access list, short slot", 1, typed({ access: entry(rlpString(address), rlpList(rlpString(slot.subarray(1)))) }), "invalid_argument"],
  ["access list, short address", 1, typed({ access: entry(rlpString(address.subarray(1)), rlpList()) }), "invalid_argument"],
  ["access list, an item more", 1, typed({ access: entry(rlpString(address), rlpList(), rlpList()) }), "invalid_argument"],
  ["FISCO BCOS", 2, fisco((bit) => Uint8Array.of(27 + Number(bit))), "ok"],
  ["FISCO BCOS, v 26", 2, fisco(() => Uint8Array.of(26)), "invalid_argument"],
  ["FISCO BCOS, no v", 2, fisco(() => none), "invalid_argument"],
  ["FISCO BCOS, v of 65 bytes", 2, fisco(() => new Uint8Array(65).fill(1)), "invalid_argument"],
  ["FISCO BCOS, v with some zeros at its front", 2, fisco(() => new Uint8Array(63)), "invalid_argument"],
  ["FISCO BCOS, v that is no point", 2, fisco(() => new Uint8Array(64).fill(1)), "bad_signature"],
];

for (const [name, dialect, body, code] of CASES) {
  test(`${name}: ${code}`, () => {
    const bytes = concat(Uint8Array.of(0x54, 1, 0, dialect), body);
    assert.equal(codeOf(() => readTransaction(bytes)), code);
    if (code === "ok") assert.equal(toHex(readTransaction(bytes).signer), key);
  });
}
