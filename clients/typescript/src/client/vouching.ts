// Answers that city nodes sign (docs/http-api.md, Signed answers), and whose signature counts.

import { concat, equal, fromHex, toHex, utf8 } from "../bytes/bytes.js";
import { text, u16, u64 } from "../bytes/reader.js";
import { Refused } from "../bytes/refused.js";
import { vouchedKey } from "../crypto/certificate.js";
import { sha256 } from "../crypto/hashes.js";
import { suiteNamed } from "../crypto/suites.js";
import { PURPOSE, statement } from "../formats/names.js";
import type { Genesis } from "../verify/genesis.js";
import type { NodeRecord } from "./answers.js";

/** An answer that no node vouches for: another gateway may be better. */
export class Unbelievable extends Refused {
  constructor(message: string) {
    super("bad_signature", message);
  }
}

/** What was asked. */
export interface Question {
  readonly nonce: Uint8Array;
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array;
  /** The header's value, or nothing. */
  readonly authorization: string;
}

/** What came. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The header `BSN-Answer-Signature`, if there was one. */
  readonly signature: string | null;
}

/** The bytes that a node signs. */
export function answerStatement(network: Uint8Array, question: Question, answered: Answered, time: number): Uint8Array {
  return statement(PURPOSE.answer, network, new Uint8Array(32), 0, concat(
    question.nonce, text(question.method), text(question.target), sha256(question.body),
    sha256(utf8(question.authorization)), u16(answered.status), text(answered.contentType), sha256(answered.body),
    u64(time)));
}

/** The city nodes that a genesis file vouches for: those in it, and those with a certificate of its authority. */
export class NodeKeys {
  readonly #authority: string;
  readonly #keys = new Map<string, Uint8Array>();

  constructor({ nodes, authority }: Pick<Genesis, "nodes" | "authority">) {
    this.#authority = authority;
    for (const { id, keys } of nodes) this.#keys.set(toHex(id), keys[0]!);
  }

  /** Takes up what a node answers to `GET /v1/nodes`. */
  learn(nodes: readonly NodeRecord[]): void {
    for (const { id, certificate, revoked_from } of nodes) {
      if (revoked_from !== undefined) {
        this.#keys.delete(id);
        continue;
      }
      try {
        const key = vouchedKey(this.#authority, certificate);
        if (equal(sha256(key), fromHex(id, 32))) this.#keys.set(id, key);
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;  // else: one whom nobody vouches for
      }
    }
  }

  knows(node: string): boolean {
    return this.#keys.has(node);
  }

  /** Refuses an answer that no node of the network gave to this question. `learn` asks for more nodes. */
  async check(network: Uint8Array, question: Question, answered: Answered, learn: () => Promise<void>): Promise<void> {
    const { status, signature } = answered;
    if (signature === null) throw new Unbelievable(`the answer (HTTP status ${status}) is not signed by a city node`);
    const found = /^node=([0-9a-f]{64}),time=([0-9]{1,16}),signature=([0-9a-f]{128})$/.exec(signature);
    if (!found) throw new Unbelievable("the BSN-Answer-Signature header is malformed");
    const [, node, time, bytes] = found as unknown as [string, string, string, string];
    if (!this.knows(node)) await learn();
    const key = this.#keys.get(node);
    if (!key) throw new Unbelievable(`the answer is signed by ${node}, for whom the genesis file does not vouch`);
    const signed = answerStatement(network, question, answered, Number(time));
    if (!suiteNamed("secp256r1").verify(fromHex(bytes), signed, key)) {
      throw new Unbelievable("the node's signature does not match this answer");
    }
  }
}
