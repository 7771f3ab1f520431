// Many transactions in one request: in pieces, sent again where they were not admitted for the moment.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { concat, toHex } from "../src/bytes/bytes.js";
import { Reader, text, u16, u32, u64 } from "../src/bytes/reader.js";
import { readTransaction } from "../src/formats/transaction.js";
import { pieces, readResults } from "../src/client/submission.js";
import { type App, Client, Key, Refused, type SignedTransaction } from "../src/index.js";
import { fakeGateway, genesis, json, type Seen } from "./gateway.js";

const transactionsOf = ({ body }: Seen): Uint8Array[] => {
  const reader = new Reader(body);
  return reader.list(reader.u32(), () => reader.blob());
};
const result = (code: number, id: Uint8Array, error = ""): Uint8Array => concat(u16(code), u64(7), u32(1), id, text(error));
const sized = (size: number): SignedTransaction => ({ id: new Uint8Array(32), bytes: new Uint8Array(size) });

test("pieces keep the order, and to the limits of a request", () => {
  const many = Array.from({ length: 9001 }, (_, at) => sized(at % 10));
  assert.deepEqual(pieces(many).map((piece) => piece.length), [4000, 4000, 1001]);
  assert.deepEqual(pieces(many).flat(), many);
  const large = Array.from({ length: 33 }, () => sized(1 << 20));
  assert.deepEqual(pieces(large).map((piece) => piece.length), [15, 15, 3]);
  assert.deepEqual(pieces([]), []);
});

async function appOf(t: TestContext, ...codes: readonly number[]): Promise<{ app: App; seen: Seen[] }> {
  const record = json({ name: "kv", channel: "05".repeat(32), suite: "secp256r1" });
  const left = [...codes];
  const fake = await fakeGateway(record, record, (response, seen) => {
    const all = transactionsOf(seen);
    response.end(concat(u32(all.length), ...all.map((bytes) => {
      const { id } = readTransaction(bytes);
      const code = left.shift() ?? 0;
      return result(code, code < 100 ? id : new Uint8Array(32), code === 0 ? "" : "why");
    })));
  });
  t.after(() => fake.close());
  return { app: await new Client({ gateways: [fake.url], genesis, key: Key.generate(), signedAnswers: false }).app("kv"), seen: fake.seen };
}

test("what was not admitted for the moment is sent again, and nothing else", async (t) => {
  const { app, seen } = await appOf(t, 0, 117, 1, 108, 116);
  const sent = Array.from({ length: 5 }, () => app.sign({ contract: "kv", function: "set" }));
  const results = await app.submitMany(sent);
  assert.deepEqual(results.map(({ status, code }) => [status, code]), [
    ["success", undefined], ["success", undefined], ["refused", "contract_failed"], ["not admitted", "expired"],
    ["success", undefined],
  ]);
  assert.deepEqual(results.map(({ id }) => toHex(id)), sent.map(({ id }) => toHex(id)));
  assert.deepEqual(seen.slice(2).map((one) => transactionsOf(one)), [sent.map(({ bytes }) => bytes), [sent[1]!.bytes, sent[4]!.bytes]]);
});

test("results of other transactions, or of fewer, are refused", () => {
  const sent = [sized(1)];
  const good = concat(u32(1), result(0, new Uint8Array(32)));
  assert.equal(readResults(good, sent)[0]!.status, "success");
  for (const bytes of [concat(u32(0)), good.subarray(1), concat(good, new Uint8Array(1)), good.subarray(0, -1),
    concat(u32(1), result(0, new Uint8Array(32).fill(1)))]) {
    assert.throws(() => readResults(bytes, sent), Refused);
  }
});
