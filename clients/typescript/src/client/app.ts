// One app (or the permission chain) of a network.

import { equal, fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from "../bytes/bytes.js";
import { type Code, Refused, require } from "../bytes/refused.js";
import { type Trust, type Verdict, verify } from "../verify/verify.js";
import type { AppRecord, BlockRecord, OutcomeRecord, TransactionRecord, UserRecord } from "./answers.js";
import { type ContractEvent, type EventOptions, events } from "./events.js";
import { type Gateways, isTransient, parseObject, type Request, sleep } from "./gateways.js";
import type { Key } from "./key.js";
import { pieces, readResults, type SubmitResult, writeSubmission } from "./submission.js";
import {
  type Argument, type Call, type SignedTransaction, signTransaction, type TransactionOptions,
} from "./transaction.js";

const MAX_WAIT_MS = 60_000;

/** A transaction on the ledger. What its contract refused is on the ledger, too. */
export interface Outcome {
  readonly id: Uint8Array;
  readonly success: boolean;
  readonly height: number;
  readonly index: number;
  /** Block time in ms. */
  readonly time: number;
  readonly result: Uint8Array;
  /** Why the contract refused it. */
  readonly error: string;
}

export interface Answer {
  /** The state is that of this block or a later one. */
  readonly height: number;
  readonly bytes: Uint8Array;
}

export interface VerifiedReceipt {
  /** The bundle, canonical JSON: what is worth keeping. */
  readonly bytes: Uint8Array;
  readonly verdict: Verdict;
}

const outcomeOf = ({ id, status, height, index, time, result, error }: OutcomeRecord): Outcome => ({
  id: fromHex(id, 32), success: status === "success", height, index, time, result: fromBase64(result), error: error ?? "",
});

function argumentJson(argument: Argument): string | { base64: string } {
  if (typeof argument === "string") return argument;
  try {
    return fromUtf8(argument);
  } catch {
    return { base64: toBase64(argument) };
  }
}

export class App {
  readonly #gateways: Gateways;
  readonly #trust: Trust;

  /** Use `Client.app`. */
  constructor(
    gateways: Gateways, trust: Trust, readonly name: string, readonly channel: Uint8Array,
    readonly record: AppRecord | undefined,
  ) {
    this.#gateways = gateways;
    this.#trust = trust;
  }

  #target(rest: string): string {
    return `/v1/apps/${toHex(this.channel)}${rest}`;
  }

  #get(rest: string): Request {
    return { method: "GET", target: this.#target(rest), signFor: this.channel };
  }

  #post(rest: string, body: object): Request {
    return {
      method: "POST", target: this.#target(rest), contentType: "application/json", body: utf8(JSON.stringify(body)),
      signFor: this.channel,
    };
  }

  #key(): Key {
    const { key } = this.#gateways;
    require(key !== undefined, "the client has no key to sign with", "unauthenticated");
    return key;
  }

  /** Makes and signs a transaction, and sends nothing. Keep its bytes: they can be sent again. */
  sign(call: Call, options?: TransactionOptions): SignedTransaction {
    const key = this.#key();
    require(this.record === undefined || this.record.suite === key.suite,
      `the app ${this.name} takes ${this.record?.suite} keys, this one is of ${key.suite}`, "wrong_suite");
    return signTransaction(key, this.#gateways.network, this.channel, call, options);
  }

  /** Sends a transaction; the answer comes when a quorum holds its block. The same bytes get their first answer. */
  async submit({ id, bytes }: SignedTransaction): Promise<Outcome> {
    const answer = await this.#gateways.json<OutcomeRecord>({
      method: "POST", target: this.#target(`/transactions?timeout_ms=${this.#wait()}`),
      contentType: "application/octet-stream", body: bytes,
    });
    require(answer.id === toHex(id), "the node answered for another transaction", "internal");
    return outcomeOf(answer);
  }

  /**
   * Has the city node that is the custodian sign, with the key of a user of the caller. The same idempotency key again is
   * answered as the first time, by whichever gateway; with another call it is refused with `duplicate`.
   */
  async invoke(call: Call, idempotencyKey: string, user?: string): Promise<Outcome> {
    this.#key();
    return outcomeOf(await this.#gateways.json<OutcomeRecord>(this.#post(`/invocations?timeout_ms=${this.#wait()}`, {
      ...(user === undefined ? {} : { user }), contract: call.contract, function: call.function,
      arguments: (call.arguments ?? []).map(argumentJson), idempotency_key: idempotencyKey,
    })));
  }

  /** A user of the caller, whose key the city node that is the custodian makes and keeps; the same name again is the same. */
  addUser(name: string): Promise<UserRecord> {
    return this.#gateways.json(this.#post("/users", { name }));
  }

  #wait(): number {
    return Math.min(Math.max(this.#gateways.shareMs, 1), MAX_WAIT_MS);
  }

  /** Calls a function and waits for what comes of it. */
  call(contract: string, name: string, ...args: readonly Argument[]): Promise<Outcome> {
    return this.submit(this.sign({ contract, function: name, arguments: args }));
  }

  /**
   * Sends many at once. What was not admitted for the moment is sent again while there is time. The results stand in the
   * order in which the transactions were given.
   */
  async submitMany(transactions: readonly SignedTransaction[]): Promise<SubmitResult[]> {
    const results: SubmitResult[] = [];
    for (const piece of pieces(transactions)) results.push(...await this.#submitPiece(piece));
    return results;
  }

  async #submitPiece(piece: readonly SignedTransaction[]): Promise<SubmitResult[]> {
    const results = await this.#submitOnce(piece);
    const end = Date.now() + this.#gateways.timeoutMs;
    for (let pause = 50; Date.now() + pause < end; pause = Math.min(2 * pause, 2000)) {
      const again = [...results.keys()].filter((at) => results[at]!.code !== undefined && isTransient(results[at]!.code!));
      if (again.length === 0) break;
      await sleep(pause);
      const more = await this.#submitOnce(again.map((at) => piece[at]!));
      again.forEach((at, index) => (results[at] = more[index]!));
    }
    return results;
  }

  async #submitOnce(piece: readonly SignedTransaction[]): Promise<SubmitResult[]> {
    const body = await this.#gateways.bytes({
      method: "POST", target: this.#target(`/transactions?timeout_ms=${this.#wait()}`),
      contentType: "application/x-bsn-transactions", body: writeSubmission(piece),
    });
    return readResults(body, piece);
  }

  /** Calls a function that only reads. */
  async query(contract: string, name: string, ...args: readonly Argument[]): Promise<Answer> {
    const answer = await this.#gateways.json<{ height: number; result: string }>(this.#post("/query", {
      contract, function: name, arguments: args.map(argumentJson),
    }));
    return { height: answer.height, bytes: fromBase64(answer.result) };
  }

  /** Of the last certified block. */
  async height(): Promise<number> {
    return (await this.#gateways.json<{ height: number }>(this.#get("/height"))).height;
  }

  /** By height, hash, or the last one. */
  block(which: number | string | "latest"): Promise<BlockRecord> {
    return this.#gateways.json(this.#get(`/blocks/${which}`));
  }

  transaction(id: Uint8Array): Promise<TransactionRecord> {
    return this.#gateways.json(this.#get(`/transactions/${toHex(id)}`));
  }

  /** The receipt of a transaction, verified: refused unless it is authentic, and of that transaction. */
  async receipt(id: Uint8Array): Promise<VerifiedReceipt> {
    return this.#verified(id, await this.#gateways.bytes(this.#get(`/transactions/${toHex(id)}/receipt`)));
  }

  /** Receipts of many, each as `receipt` gives it, or the node's refusal. */
  async receipts(ids: readonly Uint8Array[]): Promise<(VerifiedReceipt | Refused)[]> {
    const found: (VerifiedReceipt | Refused)[] = [];
    for (let at = 0; at < ids.length; at += 1000) {
      const some = ids.slice(at, at + 1000);
      const body = await this.#gateways.bytes({ ...this.#post("/receipts", { ids: some.map(toHex) }), streamed: true });
      const lines = fromUtf8(body).split("\n").filter((line) => line !== "");
      require(lines.length === some.length, "the node answered for another number of receipts", "internal");
      lines.forEach((line, index) => {
        const { bundle, error } = parseObject(line) as { bundle?: string; error?: { code: Code; message: string } };
        found.push(bundle === undefined ? new Refused(error!.code, error!.message) : this.#verified(some[index]!, fromHex(bundle)));
      });
    }
    return found;
  }

  #verified(id: Uint8Array, bytes: Uint8Array): VerifiedReceipt {
    const verdict = verify(bytes, this.#trust);
    require(verdict.authentic, verdict.failure, "bad_signature");
    require(equal(verdict.transaction!.id, id) && equal(verdict.header!.channel, this.channel),
      "the node gave the receipt of another transaction", "bad_signature");
    return { bytes, verdict };
  }

  /** Events of contracts, in their order, each once; goes on at another gateway when one is lost. */
  async *events(options: EventOptions = {}): AsyncGenerator<ContractEvent> {
    // A stream that breaks before it said anything must not begin later.
    const from = options.from ?? (options.after === undefined ? await this.height() + 1 : undefined);
    yield* events(this.#gateways, this.#target("/events"), this.channel, from === undefined ? options : { ...options, from });
  }
}

