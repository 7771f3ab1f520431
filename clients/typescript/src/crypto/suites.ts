// Suites (docs/formats.md, section 1): a curve, a hash function, a signature scheme.

import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

import { concat } from "../bytes/bytes.js";
import { Refused, require } from "../bytes/refused.js";
import { type Hash, keccak256, sha256, sm3 } from "./hashes.js";
import { isSm2Secret, Sm2Point, sm2PublicKey, sm2Sign, sm2Verify } from "./sm2.js";

export type SuiteName = "secp256r1" | "secp256k1" | "sm2";

export const KEY_SIZE = 33;
export const SIGNATURE_SIZE = 64;

export interface Suite {
  readonly number: number;
  readonly name: SuiteName;
  readonly hash: Hash;
  /** The compressed public key of a secret of 32 bytes. */
  publicKey(secret: Uint8Array): Uint8Array;
  isSecret(secret: Uint8Array): boolean;
  /** Whether these 33 bytes are a compressed point of the curve. */
  isKey(key: Uint8Array): boolean;
  /** Whether these 64 bytes, x then y, are a point of the curve. */
  isPoint(point: Uint8Array): boolean;
  /** x, then y, of a compressed key: 64 bytes. */
  uncompressed(key: Uint8Array): Uint8Array;
  /** 64 bytes: r, then s. */
  sign(message: Uint8Array, secret: Uint8Array): Uint8Array;
  /** Whether the signature holds. A key that is no point signs nothing. */
  verify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
}

interface Curve {
  fromBytes(bytes: Uint8Array): { toBytes(compressed: boolean): Uint8Array };
}

function reads(curve: Curve, sec1: Uint8Array, size: number): boolean {
  if (sec1.length !== size) return false;
  try {
    curve.fromBytes(sec1);
    return true;
  } catch {
    return false;
  }
}

type Points = Pick<Suite, "isKey" | "isPoint" | "uncompressed">;

function pointsOf(curve: Curve): Points {
  return {
    uncompressed: (key) => curve.fromBytes(key).toBytes(false).subarray(1),
    isKey: (key) => reads(curve, key, KEY_SIZE),
    isPoint: (point) => reads(curve, concat(Uint8Array.of(4), point), 65),
  };
}

// Both libraries of curves hash for themselves only with SHA-256; so the hash is ours. A high s is refused.
const ECDSA = { prehash: false, lowS: true, format: "compact" } as const;

function ecdsa(number: number, name: SuiteName, curve: typeof p256, hash: Hash): Suite {
  const points = pointsOf(curve.Point);
  return {
    ...points, number, name, hash,
    publicKey: (secret) => curve.getPublicKey(secret, true),
    isSecret: (secret) => curve.utils.isValidSecretKey(secret),
    sign: (message, secret) => curve.sign(hash(message), secret, { ...ECDSA }),
    verify: (signature, message, key) =>
      signature.length === SIGNATURE_SIZE && points.isKey(key) && curve.verify(signature, hash(message), key, ECDSA),
  };
}

const SM2_POINTS = pointsOf(Sm2Point);
const SM2: Suite = {
  ...SM2_POINTS, number: 3, name: "sm2", hash: sm3,
  publicKey: (secret) => sm2PublicKey(secret),
  isSecret: isSm2Secret,
  sign: sm2Sign,
  verify: (signature, message, key) =>
    signature.length === SIGNATURE_SIZE && SM2_POINTS.isKey(key) && sm2Verify(signature, message, key),
};

export const SUITES: readonly Suite[] = [
  ecdsa(1, "secp256r1", p256, sha256),
  ecdsa(2, "secp256k1", secp256k1, keccak256),
  SM2,
];

/** The suite of a number in a format. */
export function suiteOf(number: number): Suite {
  const suite = SUITES[number - 1];
  require(suite !== undefined, `suite ${number} is unknown`, "wrong_suite");
  return suite;
}

/** The suite of a name in a file. */
export function suiteNamed(name: string): Suite {
  const suite = SUITES.find((one) => one.name === name);
  require(suite !== undefined, `suite ${name} is unknown`);
  return suite;
}

/** The compressed secp256k1 key that made a signature of a digest; s must be low, the bit tells y's parity. */
export function recoverSigner(digest: Uint8Array, r: Uint8Array, s: Uint8Array, bit: 0 | 1): Uint8Array {
  try {
    const compact = new Uint8Array(SIGNATURE_SIZE);
    compact.set(r);
    compact.set(s, 32);
    const signature = secp256k1.Signature.fromBytes(compact, "compact");
    if (signature.hasHighS()) throw new Error("s is in the upper half");
    return signature.addRecoveryBit(bit).recoverPublicKey(digest).toBytes(true);
  } catch (problem) {
    throw new Refused("bad_signature", `no key made this signature: ${(problem as Error).message}`);
  }
}
