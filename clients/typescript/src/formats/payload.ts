// Payloads and transactions of our own dialect (docs/formats.md, section 3).

import { concat, utf8 } from "../bytes/bytes.js";
import { blob, type Reader, u16, u64, u8 } from "../bytes/reader.js";
import { require } from "../bytes/refused.js";
import { type Suite, suiteOf } from "../crypto/suites.js";
import { ID_SIZE } from "./names.js";

export const MAX_TRANSACTION_BYTES = 1_048_576;
const MAX_ARGUMENTS = 256;
const CONTRACT = /^[a-z0-9_-]{1,64}$/;
const FUNCTION = /^[\x21-\x7e]{1,64}$/;

/** A call, as its creator signs it. */
export interface Payload {
  readonly network: Uint8Array;
  readonly channel: Uint8Array;
  readonly suite: Suite;
  /** Participant id of who calls. */
  readonly creator: Uint8Array;
  /** 16 bytes that the creator uses once. */
  readonly nonce: Uint8Array;
  /** Block time in ms up to which, inclusive, it may be executed. */
  readonly validUntil: bigint;
  readonly contract: string;
  readonly function: string;
  readonly arguments: readonly Uint8Array[];
}

function readName(reader: Reader, form: RegExp, what: string): string {
  const name = String.fromCharCode(...reader.raw(reader.u8()));
  require(form.test(name), `not a name of a ${what}: ${JSON.stringify(name)}`);
  return name;
}

export function readPayload(reader: Reader): Payload {
  reader.head("P", "payload");
  return {
    network: reader.raw(ID_SIZE),
    channel: reader.raw(ID_SIZE),
    suite: suiteOf(reader.u8()),
    creator: reader.raw(ID_SIZE),
    nonce: reader.raw(16),
    validUntil: reader.u64(),
    contract: readName(reader, CONTRACT, "contract"),
    function: readName(reader, FUNCTION, "function"),
    arguments: reader.list(reader.u16(), () => reader.blob(), MAX_ARGUMENTS),
  };
}

/** The bytes that are signed. What no node would accept is refused here. */
export function writePayload(payload: Payload): Uint8Array {
  require(CONTRACT.test(payload.contract), `not a name of a contract: ${JSON.stringify(payload.contract)}`);
  require(FUNCTION.test(payload.function), `not a name of a function: ${JSON.stringify(payload.function)}`);
  require(payload.arguments.length <= MAX_ARGUMENTS,
    `${payload.arguments.length} arguments, at most ${MAX_ARGUMENTS} are allowed`, "too_large");
  const name = (text: string): Uint8Array => concat(u8(text.length), utf8(text));
  return concat(
    Uint8Array.of(0x50, 1), payload.network, payload.channel, u8(payload.suite.number), payload.creator, payload.nonce,
    u64(payload.validUntil), name(payload.contract), name(payload.function), u16(payload.arguments.length),
    ...payload.arguments.map(blob));
}
