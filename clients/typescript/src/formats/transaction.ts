// Transactions of all dialects (docs/formats.md, section 3).

import { concat } from "../bytes/bytes.js";
import { u16, whole } from "../bytes/reader.js";
import { Refused, require } from "../bytes/refused.js";
import { type Suite, suiteOf } from "../crypto/suites.js";
import { type ForeignTransaction, readEthereum } from "./ethereum.js";
import { readFisco } from "./fisco.js";
import { participantId } from "./names.js";
import { MAX_TRANSACTION_BYTES, type Payload, readPayload } from "./payload.js";

const SEAL = 33 + 64;  // public key and signature behind a payload

export type Dialect = "native" | "ethereum" | "fisco";

/** A transaction whose signature was verified. */
export interface Transaction {
  readonly dialect: Dialect;
  readonly id: Uint8Array;
  readonly suite: Suite;
  /** Public key of who signed. */
  readonly signer: Uint8Array;
  /** Participant id of who calls. */
  readonly creator: Uint8Array;
  readonly contract: string;
  readonly function: string;
  /** Of our own dialect only: other ecosystems' transactions name neither our network nor a channel. */
  readonly payload: Payload | undefined;
}

/** Reads a transaction and verifies its signature. */
export function readTransaction(bytes: Uint8Array): Transaction {
  require(bytes.length <= MAX_TRANSACTION_BYTES,
    `a transaction of ${bytes.length} bytes, at most ${MAX_TRANSACTION_BYTES} are allowed`, "too_large");
  return whole("transaction", bytes, (reader) => {
    reader.head("T", "transaction");
    const dialect = reader.u16();
    if (dialect === 0) return native(reader.rest());
    if (dialect === 1) return foreign("ethereum", readEthereum(reader.rest()));
    if (dialect === 2) return foreign("fisco", readFisco(reader.rest()));
    throw new Refused("unsupported_version", `dialect ${dialect} is unknown`);
  });
}

function native(body: Uint8Array): Transaction {
  require(body.length >= SEAL, `${body.length} bytes, signer and signature alone take ${SEAL}`);
  const signed = body.subarray(0, -SEAL);
  const signer = body.subarray(-SEAL, -64);
  const payload = whole("payload", signed, readPayload);
  const { suite } = payload;
  require(suite.verify(body.subarray(-64), signed, signer), "the signature is not that of its key", "bad_signature");
  return {
    dialect: "native", id: suite.hash(signed), suite, signer, creator: payload.creator, contract: payload.contract,
    function: payload.function, payload,
  };
}

function foreign(dialect: Dialect, read: ForeignTransaction): Transaction {
  return {
    dialect, id: read.id, suite: suiteOf(read.suite), signer: read.signer,
    creator: participantId(read.suite, read.signer), contract: "evm", function: read.creates ? "create" : "call",
    payload: undefined,
  };
}

/** The bytes of a transaction of our own dialect, from its payload's bytes, the public key and the signature. */
export function sealTransaction(payload: Uint8Array, signer: Uint8Array, signature: Uint8Array): Uint8Array {
  const bytes = concat(Uint8Array.of(0x54, 1), u16(0), payload, signer, signature);
  require(bytes.length <= MAX_TRANSACTION_BYTES,
    `a transaction of ${bytes.length} bytes, at most ${MAX_TRANSACTION_BYTES} are allowed`, "too_large");
  return bytes;
}
