// Epoch records and certificates (docs/formats.md, section 5).

import { ascending, compare } from "../bytes/bytes.js";
import { whole } from "../bytes/reader.js";
import { require } from "../bytes/refused.js";
import { KEY_SIZE, SIGNATURE_SIZE, type Suite, suiteOf } from "../crypto/suites.js";
import { ID_SIZE } from "./names.js";

export interface Peer {
  readonly node: Uint8Array;
  readonly name: string;
  readonly operator: string;
  /** In the order of the record's suites. */
  readonly keys: readonly Uint8Array[];
}

/** Signatures of this node, of what is ordered at this height or above, do not count. */
export interface Revocation {
  readonly node: Uint8Array;
  readonly fromOrderHeight: bigint;
}

/** A channel's set of peers from some block on. */
export interface EpochRecord {
  readonly bytes: Uint8Array;
  readonly channel: Uint8Array;
  readonly epoch: bigint;
  readonly fromOrderHeight: bigint;
  readonly suites: readonly Suite[];
  readonly peers: readonly Peer[];
  readonly revoked: readonly Revocation[];
}

export interface PeerSignature {
  /** Index among the record's peers. */
  readonly peer: number;
  readonly signature: Uint8Array;
}

export interface Certificate {
  readonly suite: Suite;
  readonly signatures: readonly PeerSignature[];
}

const byNode = (left: { node: Uint8Array }, right: { node: Uint8Array }): number => compare(left.node, right.node);

export function readEpochRecord(bytes: Uint8Array): EpochRecord {
  return whole("epoch record", bytes, (reader) => {
    reader.head("K", "epoch record");
    const channel = reader.raw(ID_SIZE);
    const epoch = reader.u64();
    const fromOrderHeight = reader.u64();
    const suites = reader.list(reader.u8(), () => suiteOf(reader.u8()));
    require(suites.length > 0, "no certification suite");
    require(ascending(suites, (left, right) => left.number - right.number), "suites do not ascend");
    const peers = reader.list(reader.u16(), () => ({
      node: reader.raw(ID_SIZE), name: reader.text(), operator: reader.text(),
      keys: suites.map(() => reader.raw(KEY_SIZE)),
    }), 1000);
    require(peers.length > 0, "no peers");
    require(ascending(peers, byNode), "peers do not ascend by node id");
    const revoked = reader.list(reader.u16(), () => ({ node: reader.raw(ID_SIZE), fromOrderHeight: reader.u64() }));
    require(ascending(revoked, byNode), "revocations do not ascend by node id");
    return { bytes, channel, epoch, fromOrderHeight, suites, peers, revoked };
  });
}

/** What both forms of a certificate share. */
export function certificate(suite: Suite, signatures: readonly PeerSignature[]): Certificate {
  require(ascending(signatures, (left, right) => left.peer - right.peer), "signatures do not ascend by peer");
  return { suite, signatures };
}

export function readCertificate(bytes: Uint8Array): Certificate {
  return whole("certificate", bytes, (reader) => {
    reader.head("C", "certificate");
    const suite = suiteOf(reader.u8());
    const signatures = reader.list(reader.u16(), () => ({ peer: reader.u16(), signature: reader.raw(SIGNATURE_SIZE) }));
    return certificate(suite, signatures);
  });
}

/** How many of so many peers must sign. */
export function quorum(peers: number): number {
  if (peers <= 3) return peers === 1 ? 1 : 2;
  return Math.floor((2 * peers) / 3) + 1;
}
