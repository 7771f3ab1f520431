// What is known of a channel's epochs, from one that is trusted on (docs/formats.md, section 12).

import { equal, toHex } from "../bytes/bytes.js";
import { require } from "../bytes/refused.js";
import { sha256 } from "../crypto/hashes.js";
import { type Certificate, type EpochRecord, quorum, type Revocation } from "../formats/epoch.js";
import { type Header, headerStatement, NEXT_EPOCH, readHeader } from "../formats/header.js";
import type { CertifiedHeader, Handover } from "./bundle.js";

/** From which ordering height on a node's signatures do not count. Lists are added; the earliest height holds. */
export class Revocations {
  private readonly heights = new Map<string, bigint>();

  constructor(...lists: readonly (readonly Revocation[])[]) {
    for (const { node, fromOrderHeight } of lists.flat()) this.add(toHex(node), fromOrderHeight);
  }

  private add(node: string, height: bigint): void {
    const known = this.heights.get(node);
    if (known === undefined || height < known) this.heights.set(node, height);
  }

  /** These and others. */
  with(...lists: readonly (readonly Revocation[])[]): Revocations {
    const both = new Revocations(...lists);
    this.heights.forEach((height, node) => both.add(node, height));
    return both;
  }

  at(node: Uint8Array, orderHeight: bigint): boolean {
    const height = this.heights.get(toHex(node));
    return height !== undefined && height <= orderHeight;
  }
}

interface Epoch {
  readonly record: EpochRecord;
  /** The header that handed over to it; of the trusted epoch it is not known. */
  readonly begunBy: Header | undefined;
  /** Its last header, if there is a later epoch. */
  endedBy: Header | undefined;
}

/** Whether a header can stand before another one of its channel. */
function precedes(left: Header, right: Header): boolean {
  return left.height < right.height && left.position.height < right.position.height &&
    left.position.era <= right.position.era;
}

export class EpochHistory {
  private readonly epochs: Epoch[];

  /** Follows the handovers from the trusted record; refuses one that does not lead on. */
  constructor(
    private readonly network: Uint8Array, trusted: EpochRecord, handovers: readonly Handover[],
    private readonly revoked: Revocations,
  ) {
    this.epochs = [{ record: trusted, begunBy: undefined, endedBy: undefined }];
    handovers.forEach((handover, at) => this.append(handover, `handover ${at + 1} of ${handovers.length}`));
  }

  get first(): EpochRecord {
    return this.epochs[0]!.record;
  }

  get last(): EpochRecord {
    return this.epochs.at(-1)!.record;
  }

  private append({ last, next }: Handover, place: string): void {
    const current = this.epochs.at(-1)!;
    const { record } = current;
    const header = readHeader(last.header);
    const must = (holds: boolean, why: string): void => require(holds, `${place}: ${why}`, "bad_signature");
    must(equal(header.network, this.network), "its header is of another network");
    must(equal(header.channel, record.channel), "its header is of another channel");
    // Before what is trusted: passed over, and nothing follows from it.
    if (this.epochs.length === 1 && header.epoch < record.epoch) return;
    must(header.epoch === record.epoch, `it ends epoch ${header.epoch}, expected is the end of epoch ${record.epoch}`);
    this.certify(header, last);
    const announced = header.extensions.get(NEXT_EPOCH);
    must(announced !== undefined && equal(announced, sha256(next.bytes)), "its header announces another next epoch");
    must(equal(next.channel, record.channel), "the next epoch is of another channel");
    must(next.epoch === record.epoch + 1n, `epoch ${next.epoch} cannot follow epoch ${record.epoch}`);
    must(next.fromOrderHeight >= record.fromOrderHeight && next.fromOrderHeight <= header.position.height + 1n,
      `epoch ${next.epoch} cannot begin at ordering height ${next.fromOrderHeight}`);
    current.endedBy = header;
    this.epochs.push({ record: next, begunBy: header, endedBy: undefined });
  }

  /** Refuses a header that its epoch did not certify. Answers the epoch's record. */
  certify(header: Header, { certificates }: CertifiedHeader): EpochRecord {
    const must = (holds: boolean, why: string): void => require(holds, `header ${header.height}: ${why}`, "bad_signature");
    must(header.epoch >= this.first.epoch,
      `of epoch ${header.epoch}, before the trusted epoch ${this.first.epoch}: verify with an older checkpoint or the genesis`);
    const epoch = this.epochs[Number(header.epoch - this.first.epoch)];
    must(epoch !== undefined, `of epoch ${header.epoch}, the handovers lead to epoch ${this.last.epoch} only`);
    const { record, begunBy, endedBy } = epoch!;
    must(header.position.height >= record.fromOrderHeight, `ordered before its epoch ${record.epoch} began`);
    must(begunBy === undefined || precedes(begunBy, header), `not behind the header that began epoch ${record.epoch}`);
    must(endedBy === undefined || equal(header.bytes, endedBy.bytes) || precedes(header, endedBy),
      `behind the last header of epoch ${record.epoch}`);
    must(certificates.length === record.suites.length &&
      certificates.every((one, at) => one.suite === record.suites[at]),
      `one certificate is needed for each of ${record.suites.map((suite) => suite.name).join(", ")}`);
    const signed = headerStatement(header);
    certificates.forEach((one, at) => this.check(one, at, record, signed, header, must));
    return record;
  }

  private check(
    { suite, signatures }: Certificate, at: number, record: EpochRecord, signed: Uint8Array, header: Header,
    must: (holds: boolean, why: string) => void,
  ): void {
    const needed = quorum(record.peers.length);
    must(signatures.length >= needed, `${signatures.length} signatures in ${suite.name}, ${needed} are needed`);
    const signers = signatures.map(({ peer }) => {
      const signer = record.peers[peer];
      must(signer !== undefined, `signed by peer ${peer} of ${record.peers.length}`);
      must(!this.revoked.at(signer!.node, header.position.height), `signed by ${signer!.name}, which was revoked before`);
      return signer!;
    });
    signatures.forEach(({ signature }, index) => {
      const signer = signers[index]!;
      must(suite.verify(signature, signed, signer.keys[at]!), `the signature of ${signer.name} is not valid`);
    });
  }
}
