// SM2 signatures (GB/T 32918.2) over sm2p256v1, on the curve arithmetic of @noble/curves.

import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { bytesToNumberBE, numberToBytesBE } from "@noble/curves/utils.js";
import { randomBytes } from "@noble/hashes/utils.js";

import { concat, utf8 } from "../bytes/bytes.js";
import { sm3 } from "./sm3.js";

const CURVE = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
const N = CURVE.n;

export const Sm2Point = weierstrass(CURVE);
type Point = InstanceType<typeof Sm2Point>;

const Fn = Sm2Point.Fn;
const number = (value: bigint): Uint8Array => numberToBytesBE(value, 32);

/** What is signed: SM3(Z ‖ message), Z binding the identity `1234567812345678`, the curve and the key. */
function digest(key: Point, message: Uint8Array): bigint {
  const { x, y } = key.toAffine();
  const identity = concat(Uint8Array.of(0, 128), utf8("1234567812345678"));
  const z = sm3(concat(identity, ...[CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy, x, y].map(number)));
  return bytesToNumberBE(sm3(concat(z, message)));
}

/** Whether r ‖ s is a signature of the message by the compressed key. */
export function sm2Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const key = Sm2Point.fromBytes(publicKey);
  const r = bytesToNumberBE(signature.subarray(0, 32));
  const s = bytesToNumberBE(signature.subarray(32));
  if (r === 0n || r >= N || s === 0n || s >= N) return false;
  const t = Fn.add(r, s);
  if (t === 0n) return false;
  const point = Sm2Point.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
  if (point.is0()) return false;
  return Fn.create(digest(key, message) + point.toAffine().x) === r;
}

/** A number below the group's order, other than zero, each as likely: 2^64 surplus values leave no bias. */
function randomScalar(): bigint {
  return (bytesToNumberBE(randomBytes(40)) % (N - 1n)) + 1n;
}

export function sm2PublicKey(secret: Uint8Array): Uint8Array {
  return Sm2Point.BASE.multiply(bytesToNumberBE(secret)).toBytes(true);
}

/** Signs: r ‖ s. */
export function sm2Sign(message: Uint8Array, secret: Uint8Array): Uint8Array {
  const d = bytesToNumberBE(secret);
  const key = Sm2Point.BASE.multiply(d);
  const e = digest(key, message);
  for (;;) {
    const k = randomScalar();
    const r = Fn.create(e + Sm2Point.BASE.multiply(k).toAffine().x);
    if (r === 0n || r + k === N) continue;
    const s = Fn.mul(Fn.inv(Fn.create(1n + d)), Fn.create(k - Fn.mul(r, d)));
    if (s !== 0n) return concat(number(r), number(s));
  }
}

/** Whether a number can be a private key: 1 to n − 2, since 1 + d must have an inverse. */
export function isSm2Secret(secret: Uint8Array): boolean {
  const d = bytesToNumberBE(secret);
  return secret.length === 32 && d >= 1n && d <= N - 2n;
}
