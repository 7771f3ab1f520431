// Answers that city nodes sign: taken from nodes that the genesis file vouches for, and from no other.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { fromHex, toHex, utf8 } from "../src/bytes/bytes.js";
import { Gateways } from "../src/client/gateways.js";
import { answerStatement, NodeKeys } from "../src/client/vouching.js";
import { vouchedKey } from "../src/crypto/certificate.js";
import { sha256 } from "../src/crypto/hashes.js";
import { suiteNamed } from "../src/crypto/suites.js";
import { Client, Key, readGenesis, Refused } from "../src/index.js";
import { type Answer, fakeGateway, genesis, json, network, refusal, type Seen } from "./gateway.js";
import { loadJson } from "./vectors.js";

const golden = readGenesis(genesis);
const p256 = suiteNamed("secp256r1");
const request = { method: "POST", target: "/v1/x?y=1", body: utf8("a body"), contentType: "text/plain" } as const;
const code = (expected: string) => (problem: unknown): boolean => problem instanceof Refused && problem.code === expected;

class Node {
  readonly secret = new Uint8Array(32).fill(7);
  readonly key = p256.publicKey(this.secret);
  readonly id = sha256(this.key);
  /** A genesis file's part that names it. */
  readonly named = { nodes: [{ ...golden.nodes[0]!, id: this.id, keys: [this.key] }], authority: golden.authority };

  /** The answer, signed; `change` it afterwards. */
  signs(value: object, status = 200, change: (header: string) => string | undefined = (header) => header) {
    return (response: import("node:http").ServerResponse, seen: Seen): void => {
      const body = utf8(JSON.stringify(value));
      const nonce = seen.headers["bsn-answer-nonce"] as string | undefined;
      const question = {
        nonce: fromHex(nonce ?? ""), method: seen.method, target: seen.target, body: seen.body,
        authorization: seen.headers.authorization ?? "",
      };
      const time = Date.now();
      const signed = answerStatement(network, question, { status, contentType: "application/json", body, signature: null }, time);
      const header = change(`node=${toHex(this.id)},time=${time},signature=${toHex(p256.sign(signed, this.secret))}`);
      response.writeHead(status, {
        "Content-Type": "application/json", ...(header === undefined ? {} : { "BSN-Answer-Signature": header }),
      }).end(body);
    };
  }
}

async function asked(t: TestContext, answers: readonly Answer[], named = new Node().named, key?: Key) {
  const fake = await fakeGateway(...answers);
  t.after(() => fake.close());
  const gateways = new Gateways([fake.url], network, { timeoutMs: 500, nodes: new NodeKeys(named), key });
  return { fake, answer: gateways.json({ ...request, signFor: new Uint8Array(32) }) };
}

test("a signed answer is taken, of a signed request, too", async (t) => {
  const node = new Node();
  assert.deepEqual(await (await asked(t, [node.signs({ fine: 1 })])).answer, { fine: 1 });
  assert.deepEqual(await (await asked(t, [node.signs({ fine: 1 })], node.named, Key.generate("sm2"))).answer, { fine: 1 });
});

test("a signed refusal is final", async (t) => {
  const { fake, answer } = await asked(t, [new Node().signs({ error: { code: "forbidden", message: "no" } }, 403)]);
  await assert.rejects(answer, code("forbidden"));
  assert.equal(fake.seen.length, 1);
});

for (const [what, change] of Object.entries<(header: string) => string | undefined>({
  "no signature": () => undefined,
  "another time": (header) => header.replace(/time=\d/, "time=9"),
  "a changed signature": (header) => header.slice(0, -1) + (header.endsWith("0") ? "1" : "0"),
  "a malformed header": (header) => `${header},more=1`,
})) {
  test(`an answer with ${what} is not believed`, async (t) => {
    await assert.rejects((await asked(t, [new Node().signs({ fine: 1 }, 200, change)])).answer, code("bad_signature"));
  });
}

test("a refusal that nobody signed is not believed either", async (t) => {
  await assert.rejects((await asked(t, [refusal(403, "forbidden")])).answer, code("bad_signature"));
});

test("the answer to another question is not believed", async (t) => {
  const node = new Node();
  for (const other of [{ target: "/v1/y" }, { method: "GET" }, { body: utf8("b") }]) {
    const lie = (response: import("node:http").ServerResponse, seen: Seen): void =>
      node.signs({ fine: 1 })(response, { ...seen, ...other });
    await assert.rejects((await asked(t, [lie])).answer, code("bad_signature"));
  }
});

test("a node for whom the genesis file does not vouch is not believed, whatever it says of itself", async (t) => {
  const node = new Node();
  const claims = json({ nodes: [{ id: toHex(node.id), certificate: x509.node.certificate }, { id: "x" }] });
  const { fake, answer } = await asked(t, [node.signs({ fine: 1 }), claims], golden as never);
  await assert.rejects(answer, code("bad_signature"));
  assert.equal(fake.seen[1]!.target, "/v1/nodes");
});

test("who lies is left for a gateway that does not", async (t) => {
  const node = new Node();
  const fakes = [await fakeGateway(json({ lie: 1 })), await fakeGateway(node.signs({ fine: 1 }))];
  t.after(() => fakes.forEach((fake) => fake.close()));
  const gateways = new Gateways(fakes.map(({ url }) => url), network, { timeoutMs: 2000, nodes: new NodeKeys(node.named) });
  assert.deepEqual(await gateways.json(request), { fine: 1 });
});

test("a client wants signed answers unless it is told otherwise", async (t) => {
  const fake = await fakeGateway(json({ apps: [] }));
  t.after(() => fake.close());
  await assert.rejects(new Client({ gateways: [fake.url], genesis, timeoutMs: 300 }).apps(), code("bad_signature"));
  assert.deepEqual(await new Client({ gateways: [fake.url], genesis, signedAnswers: false }).apps(), []);
});

const x509 = loadJson<{
  authority: string; node: { key: string; certificate: string }; client: string; foreign_authority: string; foreign_node: string;
}>("x509.json");

test("a city node's certificate is for its key, and a node that joined later is believed by it", () => {
  const { authority, node: { key, certificate } } = x509;
  assert.equal(toHex(vouchedKey(authority, certificate)), key);
  const keys = new NodeKeys({ nodes: [], authority });
  const id = toHex(sha256(fromHex(key)));
  keys.learn([{ id: "00".repeat(32), certificate }, { id, certificate: x509.foreign_node }] as never);
  assert.ok(!keys.knows(id) && !keys.knows("00".repeat(32)));
  keys.learn([{ id, certificate } as never]);
  assert.ok(keys.knows(id));
});

test("other certificates vouch for nobody", () => {
  const { authority, node: { certificate }, client, foreign_authority, foreign_node } = x509;
  for (const [what, text] of Object.entries({ client, foreign_authority, foreign_node, authority })) {
    assert.throws(() => vouchedKey(authority, text), code("bad_signature"), what);
  }
  assert.throws(() => vouchedKey(certificate, certificate), code("bad_signature"), "a node is no authority");
  for (const text of ["", "none", certificate.replace("BEGIN", "BEGUN"), certificate.slice(0, 300)]) {
    assert.throws(() => vouchedKey(authority, text), Refused);
  }
  // Whatever bit is changed: refused, and never an error of the platform.
  const [head, ...lines] = certificate.trim().split("\n");
  const bytes = Buffer.from(lines.slice(0, -1).join(""), "base64");
  for (let at = 0; at < bytes.length; ++at) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1 << (at % 8);
    const pem = [head, changed.toString("base64"), lines.at(-1)].join("\n");
    assert.throws(() => vouchedKey(authority, pem), Refused, `byte ${at}`);
  }
});

test("who is revoked is not believed any more", () => {
  const keys = new NodeKeys(golden);
  const id = toHex(golden.nodes[0]!.id);
  assert.ok(keys.knows(id));
  keys.learn([{ id, revoked_from: 3 } as never]);
  assert.ok(!keys.knows(id));
});
