/** The client of a bsn network; its verifier alone is `bsn-client/verify`. */

export * from "./verify/index.js";
export type * from "./client/answers.js";
export { type Answer, App, type Outcome, type VerifiedReceipt } from "./client/app.js";
export { Client, type ClientOptions } from "./client/client.js";
export type { ContractEvent, EventOptions } from "./client/events.js";
export { Key } from "./client/key.js";
export type { SubmitResult } from "./client/submission.js";
export {
  type Argument, type Call, type SignedTransaction, signTransaction, type TransactionOptions,
} from "./client/transaction.js";
