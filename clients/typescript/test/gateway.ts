// Gateways that behave badly: what a client must get along with.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { toHex } from "../src/bytes/bytes.js";
import { trustOf } from "../src/verify/index.js";
import { load } from "./vectors.js";

export const genesis = load("genesis-3.json");
export const { network } = trustOf(genesis);

export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array;
  readonly headers: IncomingMessage["headers"];
}

export type Answer = (response: ServerResponse, seen: Seen) => void;

export interface FakeGateway {
  readonly url: string;
  /** All requests but those for the status. */
  readonly seen: Seen[];
  close(): void;
}

export const json = (value: object, status = 200): Answer => (response) =>
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
export const refusal = (status: number, code: string): Answer => json({ error: { code, message: `said ${code}` } }, status);
/** Takes the request, and never says anything. */
export const silence: Answer = () => undefined;
/** Begins an answer, and breaks off. */
export const half: Answer = (response) => {
  response.writeHead(200, { "Content-Length": "1000" }).write("{");
  setTimeout(() => response.destroy(), 20);
};

/** A gateway of the golden network that answers each request by the next of the answers; the last one stays. */
export async function fakeGateway(...answers: readonly Answer[]): Promise<FakeGateway> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part)).on("end", () => {
      if (request.url === "/v1/status") return json({ network: toHex(network) })(response, undefined as never);
      const one = {
        method: request.method!, target: request.url!, body: new Uint8Array(Buffer.concat(parts)), headers: request.headers,
      };
      seen.push(one);
      answers[Math.min(seen.length, answers.length) - 1]!(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`, seen,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
