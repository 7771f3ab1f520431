// Calls, made into signed transactions (docs/formats.md, section 3).

import { concat, utf8 } from "../bytes/bytes.js";
import { u64 } from "../bytes/reader.js";
import { require } from "../bytes/refused.js";
import { suiteNamed } from "../crypto/suites.js";
import { writePayload } from "../formats/payload.js";
import { sealTransaction } from "../formats/transaction.js";
import { randomBytes } from "@noble/hashes/utils.js";
import type { Key } from "./key.js";

/** An argument: its bytes, or a text in UTF-8. */
export type Argument = string | Uint8Array;

/** What a contract is asked to do. */
export interface Call {
  readonly contract: string;
  readonly function: string;
  readonly arguments?: readonly Argument[];
}

export interface TransactionOptions {
  /** Block time in ms up to which it may be executed; five minutes from now, if left out. */
  readonly validUntil?: number;
  /** 16 bytes that its creator uses once; if left out, time and chance. */
  readonly nonce?: Uint8Array;
}

/** Bytes that may be sent as often as it takes: they are on the ledger at most once. */
export interface SignedTransaction {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

const LIFE_MS = 5 * 60_000;

/** Time in 6 bytes and 10 random ones: nodes find new ones together in their index. */
export const newNonce = (): Uint8Array => concat(u64(Date.now()).subarray(2), randomBytes(10));

export const argumentBytes = (argument: Argument): Uint8Array =>
  typeof argument === "string" ? utf8(argument) : argument;

/** Makes and signs a transaction for a channel. */
export function signTransaction(
  key: Key, network: Uint8Array, channel: Uint8Array, call: Call, options: TransactionOptions = {},
): SignedTransaction {
  const suite = suiteNamed(key.suite);
  const nonce = options.nonce ?? newNonce();
  require(nonce.length === 16, "a nonce has 16 bytes");
  const payload = writePayload({
    network, channel, suite, creator: key.participant, nonce,
    validUntil: BigInt(options.validUntil ?? Date.now() + LIFE_MS),
    contract: call.contract, function: call.function, arguments: (call.arguments ?? []).map(argumentBytes),
  });
  return { id: suite.hash(payload), bytes: sealTransaction(payload, key.publicKey, key.sign(payload)) };
}
