// Many transactions in one request (docs/http-api.md, Submitting).

import { concat, equal } from "../bytes/bytes.js";
import { blob, u32, whole } from "../bytes/reader.js";
import { type Code, require } from "../bytes/refused.js";
import type { SignedTransaction } from "./transaction.js";

const MAX_COUNT = 4000;
const MAX_BYTES = 16 << 20;
/** By number, as in the table of errors. */
const CODES: readonly Code[] = [
  "internal", "invalid_argument", "unsupported_version", "too_large", "bad_signature", "wrong_network", "wrong_channel",
  "wrong_suite", "expired", "duplicate", "already_exists", "not_found", "unauthenticated", "forbidden", "suspended",
  "contract_failed", "unavailable", "overloaded", "unknown_outcome", "io_error", "no_space", "corrupted", "internal",
  "voided",
];

/** Of one of many: where it is, or why it is nowhere. */
export interface SubmitResult {
  readonly id: Uint8Array;
  readonly status: "success" | "refused" | "not admitted";
  readonly height: bigint;
  readonly index: number;
  /** With `refused` and `not admitted`. */
  readonly code: Code | undefined;
  readonly error: string;
}

/** The transactions, in pieces of which each fits into a request. */
export function pieces(transactions: readonly SignedTransaction[]): SignedTransaction[][] {
  const found: SignedTransaction[][] = [];
  let size = MAX_BYTES;
  for (const transaction of transactions) {
    const needed = 4 + transaction.bytes.length;
    if (size + needed > MAX_BYTES || found.at(-1)!.length === MAX_COUNT) {
      found.push([]);
      size = 4;
    }
    found.at(-1)!.push(transaction);
    size += needed;
  }
  return found;
}

export const writeSubmission = (transactions: readonly SignedTransaction[]): Uint8Array =>
  concat(u32(transactions.length), ...transactions.map(({ bytes }) => blob(bytes)));

/** The answer to a submission; the ids of what was not admitted are taken from what was sent. */
export function readResults(bytes: Uint8Array, sent: readonly SignedTransaction[]): SubmitResult[] {
  return whole("the gateway's results", bytes, (reader) => {
    const count = reader.u32();
    require(count === sent.length, `${count} results for ${sent.length} transactions`, "unsupported_version");
    return sent.map(({ id }) => {
      const code = reader.u16();
      const [height, index, answered, error] = [reader.u64(), reader.u32(), reader.raw(32), reader.text()];
      if (code >= 100) return { id, status: "not admitted", height, index, code: CODES[code - 100] ?? "internal", error };
      require(equal(id, answered), "a result of another transaction", "unsupported_version");
      if (code === 0) return { id, status: "success", height, index, code: undefined, error };
      return { id, status: "refused", height, index, code: "contract_failed", error };
    });
  });
}
