// FISCO BCOS 2.x transactions as they travel inside ours (docs/formats.md, section 17).

import { concat } from "../bytes/bytes.js";
import { require } from "../bytes/refused.js";
import { recoverSigner, suiteOf } from "../crypto/suites.js";
import type { ForeignTransaction } from "./ethereum.js";
import { rlpList, rlpNumber, RlpReader, rlpString } from "./rlp.js";
import { word } from "./word.js";

const POINT = 64;

/** Reads the bytes and finds their signer: recovered for secp256k1, named and verified for SM2. */
export function readFisco(body: Uint8Array): ForeignTransaction {
  const whole = new RlpReader(body);
  const items = whole.list("transaction");
  const prices = ["nonce", "gasPrice", "gas"].map((name) => rlpNumber(items.number(name)));
  const limit = rlpNumber(items.number("blockLimit", 8));
  const to = items.address("to");
  const value = rlpNumber(items.number("value"));
  const data = rlpString(items.string("data"));
  const chain = ["chainId", "groupId"].map((name) => rlpNumber(items.number(name, 8)));
  const extra = rlpString(items.string("extraData"));
  const v = items.string("v");
  const r = items.number("r");
  const s = items.number("s");
  items.finish("transaction");
  whole.finish("transaction");

  const suite = suiteOf(v.length <= 1 ? 2 : 3);
  const digest = suite.hash(rlpList(...prices, limit, rlpString(to ?? new Uint8Array()), value, data, ...chain, extra));
  const signer = suite.number === 2 ? recovered(digest, v, r, s) : named(digest, v, r, s);
  return { id: suite.hash(body), signer, suite: suite.number, creates: to === undefined };
}

function recovered(digest: Uint8Array, v: Uint8Array, r: bigint, s: bigint): Uint8Array {
  require(v[0] === 27 || v[0] === 28, "v: 27 or 28 (secp256k1), or a public key of 64 bytes (SM2) belongs here");
  return recoverSigner(digest, word(r), word(s), v[0] === 28 ? 1 : 0);
}

/** The key that v holds, if it signed the digest. Some clients leave the zeros at its front away, all of them. */
function named(digest: Uint8Array, v: Uint8Array, r: bigint, s: bigint): Uint8Array {
  require(v.length <= POINT, `v: ${v.length} bytes, at most ${POINT} are allowed`);
  require(v.length === POINT || v[0] !== 0, "v: a public key with all zeros at its front, or with none");
  const point = concat(new Uint8Array(POINT - v.length), v);
  const key = concat(Uint8Array.of(point[POINT - 1]! % 2 === 0 ? 2 : 3), point.subarray(0, 32));
  const sm2 = suiteOf(3);
  require(sm2.isPoint(point), "v: no point of SM2's curve", "bad_signature");
  require(sm2.verify(concat(word(r), word(s)), digest, key), "the signature is not that of the key", "bad_signature");
  return key;
}
