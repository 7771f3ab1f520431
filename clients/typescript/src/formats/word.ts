import { numberToBytesBE } from "@noble/curves/utils.js";

/** A number of 256 bits, big-endian. */
export const word = (value: bigint): Uint8Array => numberToBytesBE(value, 32);
