// The hash functions of docs/formats.md, section 1.

import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { Refused } from "../bytes/refused.js";
import { sm3 } from "./sm3.js";

/** A hash function with a value of 32 bytes. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

export const keccak256 = keccak_256;
export { sha256, sm3 };

const BY_NUMBER: readonly (Hash | undefined)[] = [undefined, sha256, keccak256, sm3];

/** The hash function that a format names by this number. */
export function hashOf(number: number): Hash {
  const hash = BY_NUMBER[number];
  if (!hash) throw new Refused("unsupported_version", `hash function ${number} is unknown`);
  return hash;
}
