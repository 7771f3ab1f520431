// Several gateways: who is asked when one fails, with which bytes; and who asks.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { concat, fromHex, toHex, utf8 } from "../src/bytes/bytes.js";
import { text, u64 } from "../src/bytes/reader.js";
import { sha256 } from "../src/crypto/hashes.js";
import { suiteNamed } from "../src/crypto/suites.js";
import { type GatewayOptions, Gateways } from "../src/client/gateways.js";
import { Client, Key, Refused } from "../src/index.js";
import { statement } from "../src/formats/names.js";
import { type FakeGateway, fakeGateway, genesis, half, json, network, refusal, silence } from "./gateway.js";

const channel = new Uint8Array(32).fill(5);
const request = { method: "POST", target: "/v1/x?y=1", body: utf8("the same bytes"), contentType: "text/plain", signFor: channel } as const;
const good = json({ fine: true });
const code = (expected: string) => (problem: unknown): boolean => problem instanceof Refused && problem.code === expected;

function gatewaysOf(t: TestContext, fakes: readonly FakeGateway[], options: GatewayOptions = {}): Gateways {
  t.after(() => fakes.forEach((fake) => fake.close()));
  return new Gateways(fakes.map(({ url }) => url), network, { timeoutMs: 2000, ...options });
}

for (const [what, answer] of Object.entries({
  "is overloaded": refusal(429, "overloaded"), "is not available": refusal(503, "unavailable"),
  "does not know the outcome": refusal(504, "unknown_outcome"), "breaks off": half,
  "is no node": json({ nothing: 1 }, 502),
})) {
  test(`a gateway that ${what} is passed over, and the next gets the same bytes`, async (t) => {
    const fakes = [await fakeGateway(answer), await fakeGateway(good)];
    assert.deepEqual(await gatewaysOf(t, fakes).json(request), { fine: true });
    const [first, second] = fakes.map(({ seen }) => seen[0]!);
    assert.deepEqual(second!.body, first!.body);
    assert.deepEqual(second!.body, request.body);
  });
}

test("a gateway that is silent gets its share of the time only", async (t) => {
  const fakes = [await fakeGateway(silence), await fakeGateway(good)];
  const gateways = gatewaysOf(t, fakes, { timeoutMs: 400 });
  const begin = Date.now();
  assert.deepEqual(await gateways.json(request), { fine: true });
  assert.ok(Date.now() - begin < 5000);
  assert.deepEqual(await gateways.json(request), { fine: true });
  assert.equal(fakes[0]!.seen.length, 1, "who answered last is asked first");
});

test("one gateway alone is asked again, until the time is over", async (t) => {
  const busy = refusal(429, "overloaded");
  const fake = await fakeGateway(busy, busy, good);
  assert.deepEqual(await gatewaysOf(t, [fake]).json(request), { fine: true });
  assert.equal(fake.seen.length, 3);
  const never = await fakeGateway(busy);
  await assert.rejects(gatewaysOf(t, [never], { timeoutMs: 300 }).json(request), code("overloaded"));
});

test("a refusal is final", async (t) => {
  const fakes = [await fakeGateway(refusal(403, "forbidden")), await fakeGateway(good)];
  await assert.rejects(gatewaysOf(t, fakes).json(request), (problem) =>
    code("forbidden")(problem) && (problem as Error).message === "said forbidden");
  assert.equal(fakes[1]!.seen.length, 0);
});

test("redirects are not followed: a signature is for one gateway", async (t) => {
  const fake = await fakeGateway((response) => response.writeHead(302, { Location: "/v1/other" }).end());
  await assert.rejects(gatewaysOf(t, [fake], { timeoutMs: 200 }).json(request), code("unavailable"));
  assert.ok(fake.seen.every(({ target }) => target === request.target));
});

test("a gateway of another network is refused", async (t) => {
  const fake = await fakeGateway(good);
  t.after(() => fake.close());
  await assert.rejects(new Gateways([fake.url], new Uint8Array(32)).json(request), code("wrong_network"));
  assert.equal(fake.seen.length, 0);
});

test("each try is signed anew, over method, target and body", async (t) => {
  const fakes = [await fakeGateway(refusal(503, "unavailable")), await fakeGateway(good)];
  const key = Key.generate("sm2");
  await gatewaysOf(t, fakes, { key }).json(request);
  const nonces = fakes.map(({ seen: [one] }) => {
    const fields = new Map(one!.headers.authorization!.replace(/^BSN /, "").split(",").map((field) => field.split("=") as [string, string]));
    assert.equal(fields.get("participant"), toHex(key.participant));
    const expires = Number(fields.get("expires"));
    assert.ok(expires > Date.now() && expires <= Date.now() + 120_000);
    const signed = statement(4, network, channel, 0, concat(
      text("POST"), text(request.target), sha256(request.body), u64(expires), fromHex(fields.get("nonce")!)));
    assert.ok(suiteNamed(fields.get("suite")!).verify(fromHex(fields.get("signature")!), signed, fromHex(fields.get("key")!)));
    return fields.get("nonce");
  });
  assert.notEqual(nonces[0], nonces[1]);
});

test("a key that the network does not know may read what is public", async (t) => {
  const unknown = refusal(401, "unauthenticated");
  const fake = await fakeGateway(unknown, good, unknown);
  const gateways = gatewaysOf(t, [fake], { key: Key.generate() });
  assert.deepEqual(await gateways.json(request), { fine: true });
  assert.equal(fake.seen[1]!.headers.authorization, undefined);
  await assert.rejects(gateways.json(request), code("unauthenticated"));
});

test("an answer for another transaction, a receipt of another: refused", async (t) => {
  const record = { name: "kv", channel: toHex(channel), suite: "secp256r1" };
  const fake = await fakeGateway(json(record), json(record), json({ id: "00", status: "success", result: "" }),
    (response) => response.end(Buffer.from(genesis)));
  t.after(() => fake.close());
  const app = await new Client({ gateways: [fake.url], genesis, key: Key.generate(), signedAnswers: false }).app("kv");
  await assert.rejects(app.call("kv", "set"), code("internal"));
  await assert.rejects(app.receipt(new Uint8Array(32)), Refused);
});

test("an invocation is sent with its key, to whichever gateway has the user", async (t) => {
  const record = { name: "kv", channel: toHex(channel), suite: "secp256r1" };
  const done = { id: "07".repeat(32), status: "refused", height: 3, index: 1, time: 9, result: "", error: "no" };
  const fakes = [await fakeGateway(json(record), json(record), refusal(503, "unavailable")), await fakeGateway(json(done))];
  t.after(() => fakes.forEach((fake) => fake.close()));
  const client = new Client({ gateways: fakes.map(({ url }) => url), genesis, key: Key.generate(), signedAnswers: false });
  const app = await client.app("kv");
  const outcome = await app.invoke({ contract: "kv", function: "set", arguments: ["a", Uint8Array.of(255)] }, "order 1", "till");
  assert.deepEqual([outcome.success, outcome.height, outcome.index, outcome.error], [false, 3, 1, "no"]);
  const [first, second] = [fakes[0]!.seen[2]!, fakes[1]!.seen[0]!];
  assert.deepEqual(second.body, first.body);
  assert.deepEqual(JSON.parse(Buffer.from(second.body).toString()), {
    user: "till", contract: "kv", function: "set", arguments: ["a", { base64: "/w==" }], idempotency_key: "order 1",
  });
  await assert.rejects((await new Client({ gateways: [fakes[0]!.url], genesis, signedAnswers: false, timeoutMs: 200 })
    .app("system")).invoke({ contract: "kv", function: "set" }, "order 1"), code("unauthenticated"));
});

test("answers that are no JSON, or have no end, are refused", async (t) => {
  for (const said of ["", "[", "7", "null", '"text"']) {
    const fake = await fakeGateway((response) => response.end(said));
    await assert.rejects(gatewaysOf(t, [fake]).json(request), code("unsupported_version"), said);
  }
  const endless = await fakeGateway((response) => {
    const piece = Buffer.alloc(8 << 20);
    const more = (): void => { if (!response.destroyed) response.write(piece, more); };
    more();
  });
  await assert.rejects(gatewaysOf(t, [endless], { timeoutMs: 20_000 }).bytes(request), code("too_large"));
});
