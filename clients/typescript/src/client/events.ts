// Events of contracts, as a stream that survives the loss of its gateway (docs/http-api.md, Events).

import { fromBase64, fromHex } from "../bytes/bytes.js";
import { type Code, Refused, require } from "../bytes/refused.js";
import { type Gateways, isTransient, parseObject, piecesOf, sleep } from "./gateways.js";

export interface ContractEvent {
  /** HEIGHT-INDEX-LOG: where to go on behind it. */
  readonly id: string;
  readonly height: number;
  readonly transaction: Uint8Array;
  readonly contract: string;
  readonly name: string;
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
  /** Block time in ms. */
  readonly time: number;
}

export interface EventOptions {
  /** The first block that is read; the next one, if left out. */
  readonly from?: number;
  /** The id of the last event that was dealt with, in place of `from`. */
  readonly after?: string;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

/** A node says something every 15 s at least; one that is silent for longer is left. */
const SILENCE_MS = 40_000;
const LONGEST_PAUSE_MS = 5000;
/** Beyond what a transaction's events may hold, as text. */
const MAX_LINE = 16 << 20;

/** One message of a stream: its fields, or a comment. */
export interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

/** Splits a stream of server-sent events into messages. */
export async function* messages(body: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  let rest = "";
  let fields: Record<string, string> = {};
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop()!;
    require(rest.length <= MAX_LINE, "a gateway's event has no end", "too_large");
    for (const line of lines) {
      if (line === "") {
        if ("data" in fields) yield fields;
        fields = {};
      } else if (line.startsWith(":")) {
        yield { comment: line.slice(1).trim() };
      } else {
        const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
        fields[name!] = name === "data" && "data" in fields ? `${fields["data"]}\n${value}` : value!;
        require((fields["data"] ?? "").length <= MAX_LINE, "a gateway's event has no end", "too_large");
      }
    }
  }
}

interface Data {
  height: number; transaction: string; contract: string; name: string; topics: string[]; data: string; time: number;
}

function eventOf(id: string, text: string): ContractEvent {
  const { height, transaction, contract, name, topics, data, time } = parseObject(text) as Data;
  return {
    id, height, transaction: fromHex(transaction), contract, name, topics: topics.map((topic) => fromHex(topic)),
    data: fromBase64(data), time,
  };
}

/** Where a stream goes on: each event once, none left out. */
class Cursor {
  /** All events below this height were taken. */
  private next: number | undefined;
  private last: string | undefined;

  constructor({ from, after }: EventOptions) {
    this.next = from;
    this.last = after;
  }

  took(id: string): void {
    this.last = id;
  }

  /** All events up to this block were sent. */
  passed(height: number): void {
    if (this.last !== undefined && Number(this.last.split("-")[0]) > height) return;
    this.next = Math.max(this.next ?? 0, height + 1);
    this.last = undefined;
  }

  /** How a stream is asked for: behind the last event, else from the next block on. */
  request(path: string): { target: string; headers: Record<string, string> } {
    if (this.last !== undefined) return { target: path, headers: { "Last-Event-ID": this.last } };
    return { target: this.next === undefined ? path : `${path}?from=${this.next}`, headers: {} };
  }
}

/** The events of a chain, until the signal ends it, or the node says that the reader may not go on. */
export async function* events(
  gateways: Gateways, path: string, channel: Uint8Array, options: EventOptions = {},
): AsyncGenerator<ContractEvent> {
  const cursor = new Cursor(options);
  for (let pause = 100; !options.signal?.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const watch = new Watch(options.signal);
    try {
      const response = await gateways.stream({ method: "GET", ...cursor.request(path), signFor: channel }, watch.signal);
      for await (const message of messages(watched(response, watch))) {
        pause = 100;
        const passed = /^height (\d+)$/.exec(message.comment ?? "");
        if (passed) cursor.passed(Number(passed[1]));
        if (message.data === undefined) continue;
        if (message.event === "bsn.error") throw errorOf(message.data);
        cursor.took(message.id!);
        yield eventOf(message.id!, message.data);
      }
    } catch (problem) {
      if (options.signal?.aborted) return;
      if (problem instanceof Refused ? !isTransient(problem.code) : !isLoss(problem)) throw problem;
    } finally {
      watch.end();
    }
    await sleep(pause);
  }
}

/** Whether the connection was lost, which reading tells by errors of the platform. */
const isLoss = (problem: unknown): boolean =>
  problem instanceof TypeError || (problem instanceof DOMException && problem.name === "AbortError");

function errorOf(data: string): Refused {
  const { error } = parseObject(data) as { error: { code: Code; message: string } };
  return new Refused(error.code, error.message);
}

/** Gives a connection up when it is silent, or when its reader is told to stop. */
class Watch {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stop = (): void => this.controller.abort();

  constructor(private readonly outer: AbortSignal | undefined) {
    outer?.addEventListener("abort", this.stop, { once: true });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.stop, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener("abort", this.stop);
    this.controller.abort();
  }
}

async function* watched(response: Response, watch: Watch): AsyncGenerator<Uint8Array> {
  for await (const piece of piecesOf(response)) {
    watch.heard();
    yield piece;
  }
}
