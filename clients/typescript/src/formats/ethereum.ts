// Ethereum transactions as they travel inside ours (docs/formats.md, section 16).

import { concat } from "../bytes/bytes.js";
import { require } from "../bytes/refused.js";
import { keccak256 } from "../crypto/hashes.js";
import { recoverSigner } from "../crypto/suites.js";
import { rlpList, rlpNumber, RlpReader, rlpString } from "./rlp.js";
import { word } from "./word.js";

const MAX_LEGACY_CHAIN_ID = 2n ** 63n - 19n;

/** What a transaction of a dialect tells a verifier. */
export interface ForeignTransaction {
  readonly id: Uint8Array;
  /** Compressed public key of who signed it; its suite by number. */
  readonly signer: Uint8Array;
  readonly suite: number;
  readonly creates: boolean;
}

interface Signature {
  readonly bit: 0 | 1;
  readonly r: bigint;
  readonly s: bigint;
}

/** Reads the bytes and recovers their signer, which is how such a transaction is verified. */
export function readEthereum(body: Uint8Array): ForeignTransaction {
  require(body.length > 0, "no bytes");
  const first = body[0]!;
  if (first >= 0xc0) return readLegacy(body);
  require(first === 1 || first === 2 || first >= 0x80, `transaction type not supported: ${first}`, "unsupported_version");
  require(first < 0x80, "neither an RLP list nor a typed transaction");
  return readTyped(body);
}

/** Nonce, fees, gas, recipient, value and data, and the same written again. */
function readCall(items: RlpReader, fees: readonly string[]): { creates: boolean; written: Uint8Array[] } {
  const nonce = items.number("nonce", 8);
  const prices = fees.map((fee) => items.number(fee));
  const gas = items.number("gasLimit", 8);
  const to = items.address("to");
  const value = items.number("value");
  const data = items.string("data");
  const written = [
    rlpNumber(nonce), ...prices.map(rlpNumber), rlpNumber(gas), rlpString(to ?? new Uint8Array()), rlpNumber(value),
    rlpString(data),
  ];
  return { creates: to === undefined, written };
}

function readLegacy(body: Uint8Array): ForeignTransaction {
  const whole = new RlpReader(body);
  const items = whole.list("transaction");
  const call = readCall(items, ["gasPrice"]);
  const v = items.number("v", 8);
  const old = v === 27n || v === 28n;
  const chain = (v - 35n) / 2n;
  require(old || (v >= 35n && chain <= MAX_LEGACY_CHAIN_ID), `v: ${v}, but 27, 28, or 35 and more belong here`);
  const signature: Signature = {
    bit: (old ? v === 28n : (v - 35n) % 2n === 1n) ? 1 : 0, r: items.number("r"), s: items.number("s"),
  };
  items.finish("transaction");
  whole.finish("transaction");
  const bound = old ? [] : [chain, 0n, 0n].map(rlpNumber);  // EIP-155
  return signedBy(body, rlpList(...call.written, ...bound), signature, call.creates);
}

function readTyped(body: Uint8Array): ForeignTransaction {
  const whole = new RlpReader(body.subarray(1));
  const items = whole.list("transaction");
  const chain = items.number("chainId", 8);
  const call = readCall(items, body[0] === 2 ? ["maxPriorityFeePerGas", "maxFeePerGas"] : ["gasPrice"]);
  const access = readAccessList(items.list("accessList"));
  const bit = items.number("yParity", 8);
  require(bit <= 1n, "yParity: 0 or 1 belongs here");
  const signature: Signature = { bit: bit === 1n ? 1 : 0, r: items.number("r"), s: items.number("s") };
  items.finish("transaction");
  whole.finish("transaction");
  const signed = concat(body.subarray(0, 1), rlpList(rlpNumber(chain), ...call.written, access));
  return signedBy(body, signed, signature, call.creates);
}

/** The list written again: so it was read in whole. */
function readAccessList(list: RlpReader): Uint8Array {
  const entries: Uint8Array[] = [];
  while (list.more) {
    const entry = list.list("entry");
    const address = entry.fixed("address", 20);
    const slots = entry.list("storageKeys");
    const keys: Uint8Array[] = [];
    while (slots.more) keys.push(rlpString(slots.fixed("slot", 32)));
    entry.finish("entry");
    entries.push(rlpList(rlpString(address), rlpList(...keys)));
  }
  return rlpList(...entries);
}

function signedBy(body: Uint8Array, signed: Uint8Array, signature: Signature, creates: boolean): ForeignTransaction {
  const signer = recoverSigner(keccak256(signed), word(signature.r), word(signature.s), signature.bit);
  return { id: keccak256(body), signer, suite: 2, creates };
}
