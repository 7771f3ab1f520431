// Keys and their files.

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { inspect } from "node:util";
import { test } from "node:test";

import { concat, toHex, utf8 } from "../src/bytes/bytes.js";
import { SUITES, suiteNamed } from "../src/crypto/suites.js";
import { Key, Refused, signTransaction } from "../src/index.js";
import { readTransaction } from "../src/formats/transaction.js";
import { loadJson } from "./vectors.js";

const code = (expected: string) => (problem: unknown): boolean => problem instanceof Refused && problem.code === expected;

for (const { name } of SUITES) {
  test(`${name}: a key file gives the same key`, async () => {
    const key = Key.generate(name);
    const again = await Key.fromPem(key.toPem());
    assert.deepEqual([again.publicKey, again.participant, again.suite], [key.publicKey, key.participant, name]);
    assert.ok(suiteNamed(name).verify(again.sign(utf8("m")), utf8("m"), key.publicKey));
    // OpenSSL reads it, and writes it the same.
    assert.equal(createPrivateKey(key.toPem()).export({ type: "pkcs8", format: "pem" }), key.toPem());
  });

  test(`${name}: a transaction that it signs is its own`, () => {
    const key = Key.generate(name);
    const [network, channel] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const signed = signTransaction(key, network, channel,
      { contract: "kv", function: "set", arguments: ["a", Uint8Array.of(0, 255)] });
    const read = readTransaction(signed.bytes);
    assert.deepEqual([read.id, read.creator, read.signer], [signed.id, key.participant, key.publicKey]);
    assert.deepEqual(read.payload!.arguments, [utf8("a"), Uint8Array.of(0, 255)]);
    const again = signTransaction(key, network, channel, { contract: "kv", function: "set" });
    assert.notDeepEqual(again.id, signed.id);
    const renamed = signTransaction(key.for(new Uint8Array(32).fill(9)), network, channel, { contract: "kv", function: "set" });
    assert.deepEqual(readTransaction(renamed.bytes).creator, new Uint8Array(32).fill(9));
  });
}

test("secp256r1: OpenSSL verifies what we sign, and the other way round", async () => {
  const key = Key.generate();
  const pair = createPrivateKey(key.toPem());
  const message = utf8("message");
  const theirs = { key: createPublicKey(pair), dsaEncoding: "ieee-p1363" } as const;
  assert.ok(verify("sha256", message, theirs, key.sign(message)));
  assert.ok(suiteNamed("secp256r1").verify(lowS(sign("sha256", message, { key: pair, dsaEncoding: "ieee-p1363" })), message, key.publicKey));
});

/** OpenSSL leaves s as it comes. */
function lowS(signature: Uint8Array): Uint8Array {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = BigInt(`0x${toHex(signature.subarray(32))}`);
  if (s <= n / 2n) return new Uint8Array(signature);
  return concat(signature.subarray(0, 32), Uint8Array.from(Buffer.from((n - s).toString(16).padStart(64, "0"), "hex")));
}

/** A key that OpenSSL made. */
const ENCRYPTED = [
  "-----BEGIN ENCRYPTED PRIVATE KEY-----",
  "MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgeacMkuIl3iQICBAAC",
  "AQgCAQEwHQYJYIZIAWUDBAEqBBBWl264ZgNLPnDNw08EJEoJBIGQwA8ufq8IKrtw",
  "zXy53kpEooz4Kyn8yqE7fBenuFM8e6R8urbHS/PaY1pnYD146evVRn8lopYaRoCA",
  "8H+XF6/XUu+ycjwy+lMOGY6NtQd/otBwYeNZRCOvhpJmJubWwlfSZJiJLI1DQc9y",
  "Wjnq3JSi7XI11yyhV9Q9OVVymYmk9ViVLgqQsRInkQAxrEh/0qjn",
  "-----END ENCRYPTED PRIVATE KEY-----",
];

test("key files of others", async () => {
  const { keys } = loadJson<{ keys: Record<string, string> }>("foreign/fisco-transactions.json");
  assert.equal((await Key.fromPem(keys["K1"]!)).suite, "secp256k1");
  assert.equal((await Key.fromPem(keys["SM2"]!)).suite, "sm2");
});

test("a wrong passphrase whose bytes end as if they were padded", async () => {
  const pem = ENCRYPTED.join("\n");
  assert.equal((await Key.fromPem(pem, "right")).suite, "secp256r1");
  await assert.rejects(Key.fromPem(pem, "wrong4"), code("unauthenticated"));
});

test("what is no key file is refused", async () => {
  const pem = Key.generate().toPem();
  const lines = pem.split("\n");
  await assert.rejects(Key.fromPem(""), code("invalid_argument"));
  await assert.rejects(Key.fromPem(pem.replaceAll("PRIVATE KEY", "EC PRIVATE KEY")), code("invalid_argument"));
  await assert.rejects(Key.fromPem(pem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")), code("unauthenticated"));
  await assert.rejects(Key.fromPem(pem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "x"), Refused);
  await assert.rejects(Key.fromPem([lines[0], lines[1], lines.at(-2)].join("\n")), Refused);
  const bytes = Buffer.from(lines.slice(1, -2).join(""), "base64");
  for (let at = 0; at < bytes.length; ++at) {
    const other = Buffer.from(bytes);
    other[at]! ^= 0x40;
    const text = `${lines[0]}\n${other.toString("base64")}\n${lines.at(-2)}\n`;
    // Another secret is another key; everything else is refused, and by nothing but a refusal.
    await Key.fromPem(text).then((key) => assert.notEqual(key.toPem(), pem), (problem) => assert.ok(problem instanceof Refused, `${problem}`));
  }
});

test("the secret is shown nowhere", () => {
  const key = Key.generate();
  const secret = toHex(Uint8Array.from(Buffer.from(key.toPem().split("\n").slice(1, -2).join(""), "base64")).subarray(36, 68));
  for (const shown of [String(key), JSON.stringify(key), inspect(key, { showHidden: true, depth: 9 })]) {
    assert.ok(!shown.includes(secret) && !/scalar/.test(shown), shown);
  }
});
