// Networks whose keys we hold, and bundles of them that are signed as they stand: so a forgery gets past the signatures,
// and each rule behind them has to find it. A *twist* puts something wrong in place of what belongs there, by chance.

import { compare, concat, fromHex, toHex, utf8 } from "../src/bytes/bytes.js";
import { blob, text, u16, u32, u64, u8 } from "../src/bytes/reader.js";
import { hashOf, sha256 } from "../src/crypto/hashes.js";
import { type Suite, SUITES, suiteOf } from "../src/crypto/suites.js";
import { quorum } from "../src/formats/epoch.js";
import { createdChannel, statement, systemChannel } from "../src/formats/names.js";
import { writePayload } from "../src/formats/payload.js";
import { sealTransaction } from "../src/formats/transaction.js";
import type { Dice } from "./dice.js";
import { loadJson } from "./vectors.js";

interface Node {
  readonly id: Uint8Array;
  readonly name: string;
  readonly secrets: readonly Uint8Array[];
  readonly keys: readonly Uint8Array[];
}

interface Record {
  readonly channel: Uint8Array;
  readonly epoch: number;
  readonly from: number;
  readonly suites: readonly Suite[];
  readonly peers: readonly Node[];
  readonly revoked: readonly { readonly node: Node; readonly from: number }[];
  readonly bytes: Uint8Array;
}

function record(fields: Omit<Record, "bytes">): Record {
  const { channel, epoch, from, suites, peers, revoked } = fields;
  const bytes = concat(
    Uint8Array.of(0x4b, 1), channel, u64(epoch), u64(from), u8(suites.length), ...suites.map(({ number }) => u8(number)),
    u16(peers.length),
    ...peers.map(({ id, name, keys }) =>
      concat(id, text(name), text("an operator"), ...suites.map(({ number }) => keys[number - 1]!))),
    u16(revoked.length), ...revoked.map(({ node, from: height }) => concat(node.id, u64(height))));
  return { ...fields, bytes };
}

/** Where a channel is: its next header stands above. */
interface Place {
  height: number;
  order: number;
  era: number;
}

const FOREIGN = loadJson<{ transactions: { raw: string }[] }>("foreign/ethereum-transactions.json").transactions
  .map(({ raw }) => concat(Uint8Array.of(0x54, 1, 0, 1), fromHex(raw)));

export class World {
  readonly genesis: Uint8Array;
  private readonly network: Uint8Array;
  private readonly system: Uint8Array;
  private readonly nodes: readonly Node[];
  private readonly user = sha256(utf8("a user"));

  constructor(private readonly dice: Dice, count: number, private readonly rate: number) {
    this.nodes = Array.from({ length: count }, (_, at) => {
      const secrets = SUITES.map(({ name }) => sha256(utf8(`node ${at} of ${count} ${name}`)));
      const keys = SUITES.map((suite, index) => suite.publicKey(secrets[index]!));
      return { id: sha256(keys[0]!), name: `node ${at}`, secrets, keys };
    }).sort((left, right) => compare(left.id, right.id));
    this.genesis = utf8(`${JSON.stringify({
      format: "bsn-genesis", version: 1, name: `of ${count}`, created: 1, ordering: { type: "embedded", id: "07".repeat(16) },
      approvals: 1, operators: [{ name: "an operator", suite: "secp256r1", key: toHex(this.nodes[0]!.keys[0]!) }],
      nodes: this.nodes.map(({ name, keys }) => ({
        name, city: "a city", operator: "an operator", ...Object.fromEntries(SUITES.map((suite, at) => [suite.name, toHex(keys[at]!)])),
        certificate: "none",
      })),
      authority: "none",
    }, null, 2)}\n`);
    this.network = sha256(this.genesis);
    this.system = systemChannel(this.network);
  }

  /** A value; or, by chance, another one. */
  private twist<T>(value: T, other: () => T): T {
    return this.dice.below(this.rate) === 0 ? other() : value;
  }

  private near(value: number): number {
    return this.twist(value, () => Math.max(0, value + this.dice.of([-2, -1, 1, 2])));
  }

  private channelLike(channel: Uint8Array): Uint8Array {
    return this.twist(channel, () => this.dice.of([this.system, this.network, new Uint8Array(32)]));
  }

  private some<T>(list: readonly T[], least: number): T[] {
    const found = list.filter(() => this.dice.below(4) > 0);
    return found.length >= least ? found : [...list];
  }

  private first(channel: Uint8Array, suites: readonly Suite[]): Record {
    return record({
      channel: this.channelLike(channel), epoch: this.near(0), from: channel === this.system ? 0 : 1, suites,
      peers: channel === this.system ? this.nodes : this.some(this.nodes, 1), revoked: [],
    });
  }

  private systemEpoch(): Record {
    return record({ channel: this.system, epoch: 0, from: 0, suites: [suiteOf(1)], peers: this.nodes, revoked: [] });
  }

  private next(current: Record, order: number): Record {
    const revoked = this.nodes.filter(() => this.dice.below(12) === 0)
      .map((node) => ({ node, from: Math.max(0, order + this.dice.below(20) - 8) }));
    return record({
      channel: this.channelLike(current.channel), epoch: this.near(current.epoch + 1),
      from: this.near(Math.max(current.from, order + 1 - this.dice.below(3))),
      suites: current.suites, peers: this.some(this.nodes, 1), revoked,
    });
  }

  private header(
    channel: Uint8Array, epoch: number, place: Place, hash: number, more: { count?: number; roots?: readonly Uint8Array[]; next?: Record },
  ): Uint8Array {
    const none = new Uint8Array(32);
    const [transactions = none, receipts = none] = more.roots ?? [];
    const announced = more.next && this.twist<Uint8Array | undefined>(sha256(more.next.bytes), () => this.dice.of([undefined, none]));
    const height = this.near(place.height);
    return concat(
      Uint8Array.of(0x48, 1, hash), this.twist(this.network, () => this.system), this.channelLike(channel), u64(height),
      height === 0 ? none : new Uint8Array(32).fill(3), new Uint8Array(16).fill(7), u32(this.near(place.era)),
      u64(this.near(place.order)), u32(0), u64(1_700_000_000_000 + place.height), u64(this.near(epoch)),
      u32(more.count ?? 0), transactions, receipts, u8(1), none,
      announced ? concat(u16(1), u16(1), announced) : u16(0));
  }

  /** The header with its certificates, by the peers of a record. */
  private certified(header: Uint8Array, { suites, peers }: Record): Uint8Array {
    const [network, channel, hash] = [header.subarray(3, 35), header.subarray(35, 67), hashOf(header[2]!)];
    const epoch = header.subarray(147, 155).reduce((value, byte) => value * 256 + byte, 0);
    const signed = statement(2, network, channel, epoch, hash(header));
    const certificates = this.twist(suites, () => this.dice.of([[], [...suites, ...suites], SUITES])).map((suite) => {
      const least = Math.max(0, this.twist(quorum(peers.length), () => quorum(peers.length) - 1));
      const signers = this.some([...peers.keys()], least).slice(0, Math.max(least, 1 + this.dice.below(peers.length)));
      const signatures = signers.map((peer) => concat(
        u16(this.twist(peer, () => peer + 1)), suite.sign(this.twist(signed, () => hash(header)), peers[peer]!.secrets[suite.number - 1]!)));
      return blob(concat(Uint8Array.of(0x43, 1, suite.number), u16(signatures.length), ...signatures));
    });
    return concat(blob(header), u8(certificates.length), ...certificates);
  }

  private move(place: Place): void {
    place.height += 1 + this.dice.below(3);
    place.order += 1 + this.dice.below(3);
    place.era += this.dice.below(8) === 0 ? 1 : 0;
  }

  /** Handovers from a record on, and the record that they lead to. */
  private handovers(first: Record, count: number, place: Place, hash: number): { bytes: Uint8Array; records: Record[] } {
    const records = [first];
    const parts: Uint8Array[] = [];
    let last = { ...place };
    for (let made = 0; made < count; ++made) {
      this.move(place);
      const current = records.at(-1)!;
      // Or the epoch before, which has ended already, hands over once more.
      const elder = this.dice.below(this.rate / 4) === 0 ? records.at(-2) : undefined;
      const at = elder ? { height: last.height - 1, order: last.order - 1, era: last.era } : place;
      const next = this.next(current, at.order);
      const header = this.header(first.channel, (elder ?? current).epoch, at, hash, { next });
      parts.push(concat(this.certified(header, elder ?? current), blob(next.bytes)));
      last = { ...place };
      records.push(next);
    }
    return { bytes: concat(u16(parts.length), ...parts), records };
  }

  private transaction(channel: Uint8Array, suite: Suite, contract: string, name: string): { id: Uint8Array; bytes: Uint8Array } {
    const payload = writePayload({
      network: this.twist(this.network, () => this.system), channel: this.channelLike(channel), suite,
      creator: new Uint8Array(32).fill(4), nonce: new Uint8Array(16).fill(this.dice.below(256)), validUntil: 1n,
      contract: this.twist(contract, () => "other"), function: this.twist(name, () => "other"), arguments: [],
    });
    const signature = suite.sign(this.twist(payload, () => suite.hash(payload)), this.user);
    return { id: suite.hash(payload), bytes: sealTransaction(payload, suite.publicKey(this.user), signature) };
  }

  /** One in so many is of a refusal, or of an unknown status. */
  private receipt(logs: readonly Uint8Array[], refusals: number): Uint8Array {
    const status = this.dice.below(refusals) === 0 ? 1 + this.dice.below(5) : 0;
    return concat(Uint8Array.of(0x52, 1), u16(status), blob(new Uint8Array()), u16(logs.length),
      ...logs, u64(0), u64(0), blob(new Uint8Array()), text(""));
  }

  private createdLog(channel: Uint8Array, epoch: Record): Uint8Array {
    const topics = [utf8(this.twist("app_created", () => "app_changed")), this.channelLike(channel)];
    return concat(text(this.twist("registry", () => "other")), u8(topics.length), ...topics.map(blob), blob(epoch.bytes));
  }

  /** An inclusion proof, in a block of one or two transactions. */
  private proof(transaction: Uint8Array, receipt: Uint8Array, epoch: Record, channel: Uint8Array, place: Place, hash: number): Uint8Array {
    this.move(place);
    const h = hashOf(hash);
    const leaf = (data: Uint8Array): Uint8Array => h(concat(Uint8Array.of(0), data));
    const pair = this.dice.below(2) === 0;
    const index = pair ? this.dice.below(2) : 0;
    const sibling = leaf(utf8("another"));
    const root = (data: Uint8Array): Uint8Array =>
      pair ? h(concat(Uint8Array.of(1), ...(index === 0 ? [leaf(data), sibling] : [sibling, leaf(data)]))) : leaf(data);
    const path = (): Uint8Array => {
      const hashes = this.twist(pair ? [sibling] : [], () => this.dice.of([[], [sibling], [sibling, sibling]]));
      return concat(u8(hashes.length), ...hashes);
    };
    const header = this.header(channel, epoch.epoch, place, hash, {
      count: this.near(pair ? 2 : 1), roots: [root(transaction), root(this.twist(receipt, () => transaction))],
    });
    return concat(blob(transaction), blob(receipt), u32(this.near(index)), path(), path(), this.certified(header, epoch));
  }

  /** A bundle of an app's transaction, or of one of the permission chain; and a record that could be pinned. */
  bundle(): { bytes: Uint8Array; checkpoint: Uint8Array } {
    const systemPlace: Place = { height: 0, order: 0, era: 0 };
    const system = this.handovers(this.systemEpoch(), this.dice.below(3), systemPlace, 1);
    const epoch = this.dice.of(system.records);
    const place: Place = epoch === system.records.at(-1) ? systemPlace : { height: 1, order: 1, era: 0 };
    const checkpoint = this.dice.of(system.records).bytes;
    if (this.dice.below(5) === 0) {
      const call = this.transaction(this.system, suiteOf(1 + this.dice.below(3)), "registry", "invite");
      const bytes = this.twist(call.bytes, () => this.dice.of(FOREIGN));
      const proof = this.proof(bytes, this.receipt([], 8), epoch, this.system, place, 1);
      const handovers = this.twist(u16(0), () => system.bytes);
      return { bytes: concat(Uint8Array.of(0x56, 1), proof, handovers, u8(0), system.bytes), checkpoint };
    }
    const suite = this.dice.of(SUITES);
    const publish = this.transaction(this.system, suiteOf(1), "registry", "publish_app");
    const channel = this.twist(createdChannel(this.network, publish.id), () => createdChannel(this.network, this.network));
    const suites = this.dice.below(4) === 0 ? SUITES.slice(0, 2) : [suite];
    const first = this.first(channel, suites);
    const log = this.createdLog(channel, first);
    const logs = this.twist([log], () => this.dice.of([[], [log, log], [this.createdLog(channel, this.systemEpoch()), log]]));
    const creation = this.proof(publish.bytes, this.receipt(logs, this.rate), epoch, this.system, place, 1);
    const appPlace: Place = { height: 0, order: systemPlace.order + 1, era: 0 };
    const app = this.handovers(first, this.dice.below(3), appPlace, suite.number);
    const call = this.dice.below(4) === 0 ? this.dice.of(FOREIGN) : this.transaction(channel, suite, "kv", "set").bytes;
    const proof = this.proof(call, this.receipt([], 8), this.twist(app.records.at(-1)!, () => first), channel, appPlace, suite.number);
    const created = this.twist(concat(u8(1), creation), () => u8(0));
    return { bytes: concat(Uint8Array.of(0x56, 1), proof, app.bytes, created, system.bytes), checkpoint };
  }
}
