// Whether a receipt is that of somebody's file: what the contract `evidence` said when it took the hash.

import { equal, utf8 } from "../bytes/bytes.js";
import { sha256 } from "../crypto/hashes.js";
import type { Verdict } from "./verify.js";

/** SHA-256 of a file's content, given piece by piece. */
export async function digestOf(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const hash = sha256.create();
  for await (const piece of content) hash.update(piece);
  return hash.digest();
}

/** Whether the receipt shows that its creator deposited the content of this SHA-256. */
export function deposits({ success, transaction, receipt }: Verdict, digest: Uint8Array): boolean {
  if (!success || transaction === undefined || receipt === undefined) return false;
  return receipt.logs.some(({ contract, topics: [name, hash, creator, ...more] }) =>
    contract === "evidence" && name !== undefined && hash !== undefined && creator !== undefined && more.length === 0 &&
    equal(name, utf8("deposited")) && equal(hash, digest) && equal(creator, transaction.creator));
}
