// Execution receipts (docs/formats.md, section 8).

import { whole } from "../bytes/reader.js";
import { require } from "../bytes/refused.js";

const STATUSES = ["success", "refused", "unknown contract", "unknown function", "out of gas"] as const;
export type Status = (typeof STATUSES)[number];

export interface Log {
  readonly contract: string;
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
}

/** What came of a transaction. */
export interface Receipt {
  readonly status: Status;
  readonly result: Uint8Array;
  readonly logs: readonly Log[];
  readonly gas: bigint;
  readonly cumulativeGas: bigint;
  /** Of a contract that the transaction created; empty if none. */
  readonly createdAddress: Uint8Array;
  /** Why it was no success, for people. */
  readonly error: string;
}

export function readReceipt(bytes: Uint8Array): Receipt {
  return whole("receipt", bytes, (reader) => {
    reader.head("R", "receipt");
    const number = reader.u16();
    const status = STATUSES[number];
    require(status !== undefined, `status ${number} is unknown`);
    return {
      status,
      result: reader.blob(),
      logs: reader.list(reader.u16(), () => ({
        contract: reader.text(),
        topics: reader.list(reader.u8(), () => reader.blob(), 16),
        data: reader.blob(),
      })),
      gas: reader.u64(),
      cumulativeGas: reader.u64(),
      createdAddress: reader.blob(),
      error: reader.text(),
    };
  });
}
