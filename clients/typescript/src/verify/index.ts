/** Verification of receipts without a network: what a page or an auditor needs, and nothing that talks to a node. */

export { fromHex, fromUtf8, toHex, utf8 } from "../bytes/bytes.js";
export { type Code, Refused } from "../bytes/refused.js";
export type { SuiteName } from "../crypto/suites.js";
export type { EpochRecord } from "../formats/epoch.js";
export type { Header } from "../formats/header.js";
export type { Log, Receipt, Status } from "../formats/receipt.js";
export type { Dialect, Transaction } from "../formats/transaction.js";
export { readBundle, type ReceiptBundle } from "./bundle.js";
export { deposits, digestOf } from "./evidence.js";
export { type Genesis, readGenesis } from "./genesis.js";
export { isoTime, type Step, type Trust, trustOf, type Verdict, verify } from "./verify.js";
