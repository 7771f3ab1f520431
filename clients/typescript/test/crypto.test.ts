// Hash functions and signatures: known answers, the golden vectors, and what each suite signs itself.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { fromHex, toHex, utf8 } from "../src/bytes/bytes.js";
import { keccak256, sm3 } from "../src/crypto/hashes.js";
import { SUITES, suiteOf } from "../src/crypto/suites.js";
import { loadJson } from "./vectors.js";

test("Keccak-256 of nothing", () => {
  assert.equal(toHex(keccak256(new Uint8Array())), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
});

test("SM3: the standard's examples", () => {
  assert.equal(toHex(sm3(utf8("abc"))), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  assert.equal(toHex(sm3(utf8("abcd".repeat(16)))), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
});

test("SM3 of every length up to some blocks, as OpenSSL has it", () => {
  for (let length = 0; length < 200; ++length) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255);
    assert.equal(toHex(sm3(bytes)), createHash("sm3").update(bytes).digest("hex"), `${length} bytes`);
  }
});

test("SM2: the example of GM/T 0003.5", () => {
  const key = fromHex("0309f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020");
  const signature = fromHex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3" +
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
  assert.ok(suiteOf(3).verify(signature, utf8("message digest"), key));
});

interface SignatureVector { name: string; suite: number; key: string; message: string; signature: string; holds: boolean }

for (const vector of loadJson<SignatureVector[]>("signatures.json")) {
  test(`signature: ${vector.name}`, () => {
    const suite = suiteOf(vector.suite);
    assert.equal(suite.verify(fromHex(vector.signature), fromHex(vector.message), fromHex(vector.key)), vector.holds);
  });
}

for (const suite of SUITES) {
  test(`${suite.name}: signs what it verifies, and nothing else`, () => {
    const secret = new Uint8Array(32).fill(7);
    const key = suite.publicKey(secret);
    const message = utf8("a message");
    const signature = suite.sign(message, secret);
    assert.ok(suite.verify(signature, message, key));
    for (let at = 0; at < signature.length; at += 7) {
      const other = signature.slice();
      other[at]! ^= 1;
      assert.ok(!suite.verify(other, message, key), `byte ${at}`);
    }
    assert.ok(!suite.verify(signature, utf8("another"), key));
    assert.ok(!suite.verify(signature, message, suite.publicKey(new Uint8Array(32).fill(8))));
    assert.ok(!suite.verify(signature.subarray(1), message, key));
  });

  test(`${suite.name}: what is no key signs nothing, and is no error`, () => {
    const signature = suite.sign(utf8("m"), new Uint8Array(32).fill(7));
    for (const key of [new Uint8Array(33), new Uint8Array(33).fill(255), new Uint8Array(65).fill(4), new Uint8Array()]) {
      assert.equal(suite.isKey(key), false);
      assert.equal(suite.verify(signature, utf8("m"), key), false);
    }
    assert.equal(suite.isSecret(new Uint8Array(32)), false);
    assert.equal(suite.isSecret(new Uint8Array(32).fill(255)), false);
  });
}
