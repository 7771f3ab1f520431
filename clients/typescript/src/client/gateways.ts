// Requests to one of several gateways: signed, repeated with the same bytes, passed on to the next.

import { concat, fromUtf8, toHex } from "../bytes/bytes.js";
import { text, u64 } from "../bytes/reader.js";
import { type Code, Refused, require } from "../bytes/refused.js";
import { sha256 } from "../crypto/hashes.js";
import { PURPOSE, statement } from "../formats/names.js";
import type { NodeRecord } from "./answers.js";
import type { Key } from "./key.js";
import { newNonce } from "./transaction.js";
import { type NodeKeys, Unbelievable } from "./vouching.js";

export interface Request {
  readonly method: "GET" | "POST";
  /** Path with query. */
  readonly target: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** The channel in whose name it is signed, if there is a key; zeros for calls that name none. */
  readonly signFor?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Its answer comes as it is made, so that no node signs it. */
  readonly streamed?: boolean;
}

export interface GatewayOptions {
  readonly key?: Key | undefined;
  /** How long all tries together may take. */
  readonly timeoutMs?: number | undefined;
  /** In place of the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Whose signature an answer must bear; without it answers are taken as they are. */
  readonly nodes?: NodeKeys | undefined;
}

const SIGNATURE_LIFE_MS = 60_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** What a gateway may take beyond its share of the time. */
const SLACK_MS = 1000;
/** 1,000 receipts in hexadecimal, or 64 MiB of JSON of one. */
const MAX_ANSWER_BYTES = 256 << 20;

/** Whether the same call may have another end a little later, or elsewhere. */
export const isTransient = (code: Code): boolean => ["unavailable", "overloaded", "unknown_outcome"].includes(code);

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The header that says who asks (docs/http-api.md, Who asks). */
export function authorization(key: Key, network: Uint8Array, channel: Uint8Array, request: Request): string {
  const expires = Date.now() + SIGNATURE_LIFE_MS;
  const nonce = newNonce();
  const signed = statement(PURPOSE.request, network, channel, 0, concat(
    text(request.method), text(request.target), sha256(request.body ?? new Uint8Array()), u64(expires), nonce));
  const fields = {
    participant: toHex(key.participant), suite: key.suite, key: toHex(key.publicKey), expires, nonce: toHex(nonce),
    signature: toHex(key.sign(signed)),
  };
  return `BSN ${Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(",")}`;
}

/** An object in the JSON that a gateway answered. */
export function parseObject(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Below.
  }
  require(typeof value === "object" && value !== null, "a gateway answered no JSON object", "unsupported_version");
  return value;
}

/** The body of an answer: more than a node ever sends is not kept. */
async function bodyOf(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of piecesOf(response)) {
    size += piece.length;
    require(size <= MAX_ANSWER_BYTES, `a gateway's answer goes beyond ${MAX_ANSWER_BYTES} bytes`, "too_large");
    pieces.push(piece);
  }
  return concat(...pieces);
}

/** A body as it comes. (Not all browsers iterate over streams by themselves.) */
export async function* piecesOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader!.read()) yield piece.value;
}

/** What a gateway refused, in its own words. */
function refusalOf({ status }: Response, body: Uint8Array, url: string): Refused {
  try {
    const { error } = parseObject(fromUtf8(body)) as { error: { code: Code; message: string } };
    if (typeof error.code === "string" && typeof error.message === "string") return new Refused(error.code, error.message);
  } catch {
    // Not a node's answer: something before it may have spoken.
  }
  return new Refused(status >= 500 ? "unavailable" : "unsupported_version",
    `${url} answered HTTP status ${status}; check that this is a bsn node`);
}

export class Gateways {
  readonly #urls: readonly string[];
  readonly #checked = new Set<string>();
  readonly #key: Key | undefined;
  readonly #fetch: typeof fetch;
  readonly #nodes: NodeKeys | undefined;
  readonly timeoutMs: number;
  /** The one that answered last is asked first. */
  #preferred = 0;

  constructor(urls: readonly string[], readonly network: Uint8Array, options: GatewayOptions = {}) {
    require(urls.length > 0, "name a gateway at least");
    this.#urls = urls.map((url) => url.replace(/\/+$/, ""));
    this.#key = options.key;
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#nodes = options.nodes;
    this.timeoutMs = options.timeoutMs ?? 15_000;
  }

  get key(): Key | undefined {
    return this.#key;
  }

  /**
   * The answer of the first gateway that has one. Who cannot be reached, is overloaded, does not know the outcome or
   * gives an answer that no city node signed is passed over; the bytes of the request stay the same, so that nothing is done twice. Its signature is made anew.
   */
  async bytes(request: Request): Promise<Uint8Array> {
    try {
      return await this.#tryAll(request);
    } catch (problem) {
      // A key that the network does not know yet must not keep its owner from what is public.
      if (!(problem instanceof Refused) || problem.code !== "unauthenticated" || !this.#key || !request.signFor) throw problem;
      const { signFor: _, ...anonymous } = request;
      return await this.#tryAll(anonymous).catch((other: unknown) => {
        throw other instanceof Refused && other.code === "unauthenticated" ? problem : other;
      });
    }
  }

  async json<T>(request: Request): Promise<T> {
    return parseObject(fromUtf8(await this.bytes(request))) as T;
  }

  /** What one gateway may take, so that there is time for the others. */
  get shareMs(): number {
    return Math.ceil(this.timeoutMs / this.#urls.length);
  }

  async #tryAll(request: Request): Promise<Uint8Array> {
    const end = Date.now() + this.timeoutMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      let last: Refused | undefined;
      let honest = false;  // some gateway may have a better answer later
      for (let tried = 0; tried < this.#urls.length; ++tried) {
        const at = this.#preferred % this.#urls.length;
        try {
          return await this.#askOne(this.#urls[at]!, request, AbortSignal.timeout(this.shareMs + SLACK_MS));
        } catch (problem) {
          last = problem as Refused;
          const lied = problem instanceof Unbelievable;
          if (!lied && (!(problem instanceof Refused) || !isTransient(problem.code))) throw problem;
          honest ||= !lied;
          this.#preferred = at + 1;
        }
      }
      if (!honest || Date.now() + pause >= end) throw last!;
      await sleep(pause);
    }
  }

  async #askOne(url: string, request: Request, signal: AbortSignal): Promise<Uint8Array> {
    await this.#checkNetwork(url, signal);
    const headers = this.#headersOf(request);
    const nonce = this.#nodes && !request.streamed ? newNonce() : undefined;
    if (nonce) headers["BSN-Answer-Nonce"] = toHex(nonce);
    const response = await this.#fetchFrom(url, request, headers, signal);
    const body = await this.#lost(url, () => bodyOf(response));
    if (nonce) await this.#checkAnswer(url, { ...request, nonce }, headers, response, body, signal);
    if (!response.ok) throw refusalOf(response, body, url);
    return body;
  }

  async #checkAnswer(
    url: string, { nonce, method, target, body }: Request & { nonce: Uint8Array }, sent: Record<string, string>,
    response: Response, answer: Uint8Array, signal: AbortSignal,
  ): Promise<void> {
    const question = { nonce, method, target, body: body ?? new Uint8Array(), authorization: sent["Authorization"] ?? "" };
    const answered = {
      status: response.status, contentType: response.headers.get("Content-Type") ?? "", body: answer,
      signature: response.headers.get("BSN-Answer-Signature"),
    };
    await this.#nodes!.check(this.network, question, answered, async () => {
      // Who vouches for a node is the genesis file's authority, so anybody may tell of it.
      const list = await this.#fetchFrom(url, { method: "GET", target: "/v1/nodes" }, {}, signal);
      const text = fromUtf8(await this.#lost(url, () => bodyOf(list)));
      const { nodes } = parseObject(text) as { nodes?: unknown };
      if (Array.isArray(nodes)) this.#nodes!.learn(nodes as NodeRecord[]);
    });
  }

  /** Of one gateway after the other, an answer whose body goes on; ended by the signal. */
  async stream(request: Request, signal: AbortSignal): Promise<Response> {
    const at = this.#preferred % this.#urls.length;
    try {
      return await this.#streamFrom(this.#urls[at]!, request, signal);
    } catch (problem) {
      this.#preferred = at + 1;
      throw problem;
    }
  }

  async #streamFrom(url: string, request: Request, signal: AbortSignal): Promise<Response> {
    await this.#checkNetwork(url, signal);
    const response = await this.#fetchFrom(url, request, this.#headersOf(request), signal);
    if (response.ok) return response;
    throw refusalOf(response, await this.#lost(url, () => bodyOf(response)), url);
  }

  #headersOf(request: Request): Record<string, string> {
    const headers: Record<string, string> = { ...request.headers };
    if (request.contentType !== undefined) headers["Content-Type"] = request.contentType;
    if (request.signFor && this.#key) {
      headers["Authorization"] = authorization(this.#key, this.network, request.signFor, request);
    }
    return headers;
  }

  async #fetchFrom(
    url: string, { method, target, body }: Request, headers: Record<string, string>, signal: AbortSignal,
  ): Promise<Response> {
    const content = body === undefined ? {} : { body: new Uint8Array(body) };
    return await this.#lost(url, () => this.#fetch(url + target, { method, headers, signal, redirect: "error", ...content }));
  }

  /** What the platform throws when a connection is lost, as a refusal. */
  async #lost<T>(url: string, doing: () => Promise<T>): Promise<T> {
    try {
      return await doing();
    } catch (problem) {
      if (problem instanceof Refused) throw problem;
      const { message, cause } = problem as Error;
      throw new Refused("unavailable", `${url} does not answer (${cause instanceof Error ? cause.message : message})`);
    }
  }

  /** A gateway of another network would answer, too; so each is asked once. */
  async #checkNetwork(url: string, signal: AbortSignal): Promise<void> {
    if (this.#checked.has(url)) return;
    const response = await this.#fetchFrom(url, { method: "GET", target: "/v1/status" }, {}, signal);
    const body = await this.#lost(url, () => bodyOf(response));
    if (!response.ok) throw refusalOf(response, body, url);
    const { network } = parseObject(fromUtf8(body)) as { network: string };
    require(network === toHex(this.network),
      `${url} belongs to another network than the genesis file; name the right file, or another gateway`, "wrong_network");
    this.#checked.add(url);
  }
}
