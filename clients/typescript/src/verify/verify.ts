// Offline verification of receipt bundles (docs/formats.md, section 12). No clock, no network, no files.

import { equal, toHex, utf8 } from "../bytes/bytes.js";
import { Refused, require } from "../bytes/refused.js";
import { type EpochRecord, quorum, readEpochRecord } from "../formats/epoch.js";
import { type Header, headerHash, pathLeads, readHeader } from "../formats/header.js";
import { createdChannel, systemChannel } from "../formats/names.js";
import { type Receipt, readReceipt } from "../formats/receipt.js";
import { readTransaction, type Transaction } from "../formats/transaction.js";
import { type InclusionProof, readBundle, type ReceiptBundle } from "./bundle.js";
import { type Genesis, readGenesis } from "./genesis.js";
import { EpochHistory, Revocations } from "./history.js";

/** What a verifier trusts from the start. */
export interface Trust {
  readonly network: Uint8Array;
  readonly ordering: Genesis["ordering"];
  /** The system channel's epoch 0, or a later one that the user pinned. */
  readonly epoch: EpochRecord;
}

/** One thing that was checked. */
export interface Step {
  /** Its number in docs/formats.md. */
  readonly number: number;
  /** What was to be shown. */
  readonly claim: string;
  readonly holds: boolean;
  /** The figures; or why it does not hold. */
  readonly detail: string;
}

export interface Verdict {
  /** Up to the first that does not hold. */
  readonly steps: readonly Step[];
  /** All steps hold: the receipt is of this network. */
  readonly authentic: boolean;
  /** Authentic, and the execution succeeded. Included but refused is no success. */
  readonly success: boolean;
  /** Why it is no success, in one sentence; empty if it is. */
  readonly failure: string;
  /** As far as verification came. */
  readonly transaction: Transaction | undefined;
  readonly receipt: Receipt | undefined;
  readonly header: Header | undefined;
  /** Who vouches for it, such as `crash-fault quorum 2 of 3, embedded ordering, one operator`. */
  readonly trustClass: string | undefined;
}

/** What a genesis file lets one trust; with a checkpoint, a later epoch record of its system channel. */
export function trustOf(genesis: Genesis | Uint8Array, checkpoint?: Uint8Array): Trust {
  const known = genesis instanceof Uint8Array ? readGenesis(genesis) : genesis;
  const { network, ordering } = known;
  if (!checkpoint) return { network, ordering, epoch: known.epoch };
  const epoch = readEpochRecord(checkpoint);
  require(equal(epoch.channel, known.epoch.channel),
    "the checkpoint is not of the system channel of the genesis file's network", "wrong_network");
  require(epoch.epoch !== 0n || equal(epoch.bytes, known.epoch.bytes),
    "the checkpoint's epoch 0 differs from the genesis file's");
  return { network, ordering, epoch };
}

/** Verifies a bundle, in JSON or binary form. Throws Refused if it cannot be read at all. */
export function verify(bundle: ReceiptBundle | Uint8Array, trust: Trust): Verdict {
  return new Verification(bundle instanceof Uint8Array ? readBundle(bundle) : bundle, trust).run();
}

const short = (bytes: Uint8Array): string => `${toHex(bytes.subarray(0, 6))}…`;
const must = (holds: boolean, why: string): void => require(holds, why, "bad_signature");

const CLAIMS = [
  "the transaction is well formed, made for this network, and signed by its key",
  "the receipt is well formed",
  "the block is of the transaction's channel, and holds transaction and receipt at the same index",
  "the system channel's epochs lead from what is trusted to the last handover",
  "the app was created on the system channel",
  "the app's epochs lead from its creation to the block",
  "a quorum of the channel's peers certified the block",
  "the receipt says how the execution ended",
] as const;

class Verification {
  private readonly steps: Step[] = [];
  private readonly system: Uint8Array;
  private transaction: Transaction | undefined;
  private receipt: Receipt | undefined;
  private header: Header | undefined;
  private trustClass: string | undefined;
  private revoked: Revocations;

  constructor(private readonly bundle: ReceiptBundle, private readonly trust: Trust) {
    this.system = systemChannel(trust.network);
    const later = bundle.systemHandovers.filter(({ next }) => next.epoch > trust.epoch.epoch);
    this.revoked = new Revocations(trust.epoch.revoked, ...later.map(({ next }) => next.revoked));
  }

  run(): Verdict {
    const authentic = this.authentic();
    const refusal = authentic ? refusalOf(this.receipt!) : "";
    const last = this.steps.at(-1)!;
    return {
      steps: this.steps, authentic, success: authentic && this.receipt!.status === "success",
      failure: authentic ? refusal : `it is not shown that ${last.claim}: ${last.detail}`,
      transaction: this.transaction, receipt: this.receipt, header: this.header, trustClass: this.trustClass,
    };
  }

  private authentic(): boolean {
    try {
      const { proof } = this.bundle;
      const transaction = this.step(1, () => this.readTransaction(proof.transaction), describe);
      this.transaction = transaction;
      const receipt = this.step(2, () => readReceipt(proof.receipt), (read) => `${read.logs.length} logs`);
      this.receipt = receipt;
      const header = this.step(3, () => this.included(proof, this.channelOf(transaction)), (read) =>
        `index ${proof.index} of ${read.transactions} in block ${read.height} (${short(headerHash(read))}), ` +
        `time ${isoTime(read.time)}`);
      this.header = header;
      const system = this.step(4, () => this.follow(this.trust.epoch, this.bundle.systemHandovers), span);
      const history = equal(header.channel, this.system) ? system : this.appHistory(system, header.channel);
      const epoch = this.step(7, () => this.certify(history, header), (record) => {
        const signers = proof.block.certificates.map(({ suite, signatures }) =>
          `${signatures.length} of ${record.peers.length} peers in ${suite.name}`);
        return `epoch ${record.epoch}: ${signers.join("; ")}`;
      });
      this.trustClass = trustClass(epoch, this.trust.ordering);
      this.step(8, () => receipt.status, () => refusalOf(receipt) || "success");
      return true;
    } catch (problem) {
      if (problem instanceof Refused) return false;
      throw problem;
    }
  }

  /** Takes a step, and tells of it; the first that does not hold ends the verification. */
  private step<T>(number: number, check: () => T, detail: (found: T) => string): T {
    const claim = CLAIMS[number - 1]!;
    try {
      const found = check();
      this.steps.push({ number, claim, holds: true, detail: detail(found) });
      return found;
    } catch (problem) {
      if (problem instanceof Refused) this.steps.push({ number, claim, holds: false, detail: problem.message });
      throw problem;
    }
  }

  private readTransaction(bytes: Uint8Array): Transaction {
    const transaction = readTransaction(bytes);
    // Another ecosystem's names no network of ours: its block's header does.
    if (transaction.payload) {
      must(equal(transaction.payload.network, this.trust.network),
        `the transaction was made for network ${short(transaction.payload.network)}, trusted is ${short(this.trust.network)}`);
      return transaction;
    }
    const { channel } = readHeader(this.bundle.proof.block.header);
    must(!equal(channel, this.system), "the permission chain takes no transactions of other ecosystems");
    return transaction;
  }

  /** The channel that a transaction names; one of another ecosystem is of that which its block is of. */
  private channelOf({ payload }: Transaction): Uint8Array {
    return payload ? payload.channel : readHeader(this.bundle.proof.block.header).channel;
  }

  /** Step 3, of the transaction and of the app's creation. */
  private included(proof: InclusionProof, channel: Uint8Array): Header {
    const header = readHeader(proof.block.header);
    must(equal(header.network, this.trust.network), "the block is of another network");
    must(equal(header.channel, channel), "the block is of another channel than the transaction");
    const leads = (leaf: Uint8Array, path: readonly Uint8Array[], root: Uint8Array): boolean =>
      pathLeads(header.hashFunction, leaf, proof.index, header.transactions, path, root);
    must(leads(proof.transaction, proof.transactionPath, header.transactionRoot),
      "the transaction's path does not lead to the header's root");
    must(leads(proof.receipt, proof.receiptPath, header.receiptRoot), "the receipt's path does not lead to the header's root");
    return header;
  }

  private follow(first: EpochRecord, handovers: ReceiptBundle["handovers"]): EpochHistory {
    return new EpochHistory(this.trust.network, first, handovers, this.revoked);
  }

  private appHistory(system: EpochHistory, channel: Uint8Array): EpochHistory {
    const first = this.step(5, () => this.created(system, channel), (record) => `${record.peers.length} peers in epoch 0`);
    const { handovers } = this.bundle;
    this.revoked = this.revoked.with(first.revoked, ...handovers.map(({ next }) => next.revoked));
    return this.step(6, () => this.follow(first, handovers), span);
  }

  /** Step 5: the first epoch of an app, as the receipt of its creation tells. */
  private created(system: EpochHistory, channel: Uint8Array): EpochRecord {
    const { creation } = this.bundle;
    require(creation !== undefined, "the bundle holds no proof of the app's creation", "bad_signature");
    const transaction = readTransaction(creation.transaction);
    const call = transaction.payload;
    must(call !== undefined && equal(call.network, this.trust.network) && equal(call.channel, this.system) &&
      call.contract === "registry" && call.function === "publish_app", "the creation's transaction creates no app");
    must(equal(createdChannel(this.trust.network, transaction.id), channel), "the creation is that of another app");
    const receipt = readReceipt(creation.receipt);
    system.certify(this.included(creation, this.system), creation.block);
    must(receipt.status === "success", "the creation failed");
    const log = receipt.logs.find(({ contract, topics }) => contract === "registry" && topics.length >= 2 &&
      equal(topics[0]!, utf8("app_created")) && equal(topics[1]!, channel));
    require(log !== undefined, "the creation's receipt does not say that the app was created", "bad_signature");
    const record = readEpochRecord(log.data);
    must(equal(record.channel, channel) && record.epoch === 0n, "the creation names the first epoch of another channel");
    return record;
  }

  /** Step 7. What nothing was checked against must not be there. */
  private certify(history: EpochHistory, header: Header): EpochRecord {
    must(!equal(header.channel, this.system) || (!this.bundle.creation && this.bundle.handovers.length === 0),
      "the system channel has neither a creation nor handovers of an app");
    return history.certify(header, this.bundle.proof.block);
  }
}

const describe = ({ id, contract, function: called }: Transaction): string =>
  `transaction ${toHex(id)} calls ${contract}.${called}`;
const span = (history: EpochHistory): string => `epoch ${history.first.epoch} to epoch ${history.last.epoch}`;

/** A block time in ISO 8601; the number itself where a date cannot be that late. */
export function isoTime(millis: bigint): string {
  const date = new Date(Number(millis));
  return Number.isNaN(date.getTime()) ? String(millis) : date.toISOString();
}

/** Why the execution was no success; empty if it was. */
function refusalOf({ status, error }: Receipt): string {
  if (status === "success") return "";
  return `the transaction is on the ledger, but its execution ended with: ${status}${error && `: ${error}`}`;
}

function trustClass({ peers }: EpochRecord, ordering: string): string {
  const n = peers.length;
  const faults = n <= 3 ? "crash-fault" : "Byzantine-fault";
  const who = n === 1 ? "single peer, no replication" : `${faults} quorum ${quorum(n)} of ${n}`;
  const operators = new Set(peers.map((peer) => peer.operator)).size;
  const count = ["one operator", "two operators"][operators - 1] ?? `${operators} operators`;
  return `${who}, ${ordering} ordering, ${count}`;
}
