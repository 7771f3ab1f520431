// Block headers and Merkle paths (docs/formats.md, section 7).

import { ascending, concat, equal } from "../bytes/bytes.js";
import { type Reader, whole } from "../bytes/reader.js";
import { require } from "../bytes/refused.js";
import { type Hash, hashOf } from "../crypto/hashes.js";
import { ID_SIZE, type Position, PURPOSE, readPosition, statement } from "./names.js";

export const NEXT_EPOCH = 1;

export interface Header {
  readonly bytes: Uint8Array;
  readonly hashFunction: Hash;
  readonly network: Uint8Array;
  readonly channel: Uint8Array;
  readonly height: bigint;
  readonly previous: Uint8Array;
  readonly position: Position;
  /** Block time in ms since 1970. */
  readonly time: bigint;
  readonly epoch: bigint;
  readonly transactions: number;
  readonly transactionRoot: Uint8Array;
  readonly receiptRoot: Uint8Array;
  readonly stateType: number;
  readonly state: Uint8Array;
  /** By tag; unknown tags are kept. */
  readonly extensions: ReadonlyMap<number, Uint8Array>;
}

function read(bytes: Uint8Array, reader: Reader): Header {
  reader.head("H", "header");
  const header = {
    bytes,
    hashFunction: hashOf(reader.u8()),
    network: reader.raw(ID_SIZE),
    channel: reader.raw(ID_SIZE),
    height: reader.u64(),
    previous: reader.raw(32),
    position: readPosition(reader),
    time: reader.u64(),
    epoch: reader.u64(),
    transactions: reader.u32(),
    transactionRoot: reader.raw(32),
    receiptRoot: reader.raw(32),
    stateType: reader.u8(),
    state: reader.raw(32),
  };
  const { stateType, height, previous } = header;
  require(stateType >= 1 && stateType <= 3, `state commitment ${stateType} is unknown`, "unsupported_version");
  require(height !== 0n || previous.every((byte) => byte === 0), "block 0 has a previous hash");
  const extensions = reader.list(reader.u16(), () => [reader.u16(), reader.raw(32)] as const);
  require(ascending(extensions, (left, right) => left[0] - right[0]), "extensions do not ascend by tag");
  return { ...header, extensions: new Map(extensions) };
}

export const readHeader = (bytes: Uint8Array): Header => whole("header", bytes, (reader) => read(bytes, reader));

export const headerHash = (header: Header): Uint8Array => header.hashFunction(header.bytes);

/** What the peers sign. */
export const headerStatement = (header: Header): Uint8Array =>
  statement(PURPOSE.header, header.network, header.channel, header.epoch, headerHash(header));

/** Whether the path leads from the leaf, at this index among so many, to the root. */
export function pathLeads(
  hash: Hash, leaf: Uint8Array, index: number, count: number, path: readonly Uint8Array[], root: Uint8Array,
): boolean {
  if (index >= count) return false;
  const node = (left: Uint8Array, right: Uint8Array): Uint8Array => hash(concat(Uint8Array.of(1), left, right));
  const half = (value: number): number => Math.floor(value / 2);
  let at = index;
  let last = count - 1;
  let found = hash(concat(Uint8Array.of(0), leaf));
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      found = node(sibling, found);
      while (at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    } else {
      found = node(found, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equal(found, root);
}
