// What is the same in many formats: identifiers and statements (docs/formats.md, sections 1 and 5).

import { concat } from "../bytes/bytes.js";
import type { Reader } from "../bytes/reader.js";
import { u64, u8 } from "../bytes/reader.js";
import { sha256 } from "../crypto/hashes.js";

export const ID_SIZE = 32;

/** The permission chain's channel id. */
export const systemChannel = (network: Uint8Array): Uint8Array => sha256(concat(network, new Uint8Array(ID_SIZE)));

/** The id of the channel that a transaction of the permission chain created. */
export const createdChannel = (network: Uint8Array, transaction: Uint8Array): Uint8Array =>
  sha256(concat(network, transaction));

/** The id of who began with this key. */
export const participantId = (suite: number, key: Uint8Array): Uint8Array => sha256(concat(u8(suite), key));

/** What a signature of a node or of a request is for. */
export const PURPOSE = { header: 2, request: 4, answer: 5 } as const;

export function statement(
  purpose: number, network: Uint8Array, channel: Uint8Array, epoch: number | bigint, body: Uint8Array,
): Uint8Array {
  return concat(Uint8Array.of(0x53, 1, purpose), network, channel, u64(epoch), body);
}

/** A place in the network's order. */
export interface Position {
  readonly orderer: Uint8Array;
  readonly era: number;
  readonly height: bigint;
  readonly index: number;
}

export const readPosition = (reader: Reader): Position => ({
  orderer: reader.raw(16), era: reader.u32(), height: reader.u64(), index: reader.u32(),
});
