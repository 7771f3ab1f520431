// Event streams: how they are split, and where they go on when a gateway is lost.

import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";

import { type ContractEvent, events, type EventOptions, type Message, messages } from "../src/client/events.js";
import { Gateways } from "../src/client/gateways.js";
import { utf8 } from "../src/bytes/bytes.js";
import { Refused } from "../src/index.js";
import { fakeGateway, network, refusal } from "./gateway.js";

const channel = new Uint8Array(32);

async function split(...pieces: readonly Uint8Array[]): Promise<Message[]> {
  const found: Message[] = [];
  for await (const message of messages((async function* () { yield* pieces; })())) found.push(message);
  return found;
}

test("messages are the same however the stream is cut", async () => {
  const stream = utf8(': height 3\n\nid: 4-0-0\nevent: té:x\ndata: {"a":1}\ndata: more\n\n: \r\nevent: none\n\ndata:y\n\nid: cut');
  const whole = await split(stream);
  assert.deepEqual(whole, [
    { comment: "height 3" }, { id: "4-0-0", event: "té:x", data: '{"a":1}\nmore' }, { comment: "" }, { data: "y" },
  ]);
  for (let at = 0; at < stream.length; ++at) {
    assert.deepEqual(await split(stream.subarray(0, at), stream.subarray(at)), whole, `cut at ${at}`);
  }
  assert.deepEqual(await split(...Array.from(stream, (byte) => Uint8Array.of(byte))), whole);
});

const event = (id: string): string => `id: ${id}\nevent: e\ndata: ${JSON.stringify({
  height: Number(id.split("-")[0]), index: 0, log: 0, transaction: "00".repeat(32), contract: "c", name: "e", topics: ["65"],
  data: "", time: 1,
})}\n\n`;

/** Says this, and breaks off. */
const saying = (said: string) => (response: ServerResponse): void => {
  response.writeHead(200, { "Content-Type": "text/event-stream" }).write(said);
  setTimeout(() => response.destroy(), 30);
};

/** What a reader got, and how it asked for it, until so many events came. */
async function read(
  t: TestContext, options: EventOptions, count: number, ...streams: readonly ((response: ServerResponse) => void)[]
): Promise<{ ids: string[]; asked: string[] }> {
  const fake = await fakeGateway(...streams);
  t.after(() => fake.close());
  const stop = new AbortController();
  const found: ContractEvent[] = [];
  const gateways = new Gateways([fake.url], network);
  for await (const one of events(gateways, "/v1/apps/a/events", channel, { ...options, signal: stop.signal })) {
    found.push(one);
    if (found.length === count) stop.abort();
  }
  const asked = fake.seen.map(({ target, headers }) => `${target.split("?")[1] ?? ""} ${headers["last-event-id"] ?? ""}`.trim());
  return { ids: found.map(({ id }) => id), asked };
}

test("a stream that breaks goes on behind the last event", async (t) => {
  const { ids, asked } = await read(t, { from: 4 }, 3, saying(event("5-0-0") + event("5-0-1")), saying(event("5-1-0")));
  assert.deepEqual(ids, ["5-0-0", "5-0-1", "5-1-0"]);
  assert.deepEqual(asked, ["from=4", "5-0-1"]);
});

test("behind a block of which all was sent, it goes on at the next one", async (t) => {
  const { asked } = await read(t, { from: 4 }, 2,
    saying(`${event("5-0-0")}: height 9\n\n`), saying(": height 8\n\n"), saying(event("12-0-0")));
  assert.deepEqual(asked, ["from=4", "from=10", "from=10"]);
});

test("half an event is none", async (t) => {
  const { ids, asked } = await read(t, { after: "3-0-0" }, 1, saying(event("5-0-0").slice(0, -1)), saying(event("5-0-0")));
  assert.deepEqual(ids, ["5-0-0"]);
  assert.deepEqual(asked, ["3-0-0", "3-0-0"]);
});

test("a node that is not available is asked again; who may not read is told", async (t) => {
  const { asked } = await read(t, { from: 1 }, 1, refusal(503, "unavailable") as never, saying(event("1-0-0")));
  assert.equal(asked.length, 2);
  const gone = 'event: bsn.error\ndata: {"error":{"code":"forbidden","message":"no longer a member"}}\n\n';
  await assert.rejects(read(t, { from: 1 }, 1, saying(gone)),
    (problem) => problem instanceof Refused && problem.code === "forbidden" && problem.message === "no longer a member");
});
