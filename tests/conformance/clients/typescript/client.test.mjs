// The client against three city nodes: calls, queries, receipts, events, refusals, in each suite.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

import { Client, deposits, digestOf, Key, Refused, signTransaction, trustOf, verify } from "bsn-client";

import { clientOf, folder, gateways, genesis, letIn, nowhere, operator, publish, waitFor } from "./network.mjs";

const SUITES = ["secp256r1", "secp256k1", "sm2"];
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const text = (bytes) => Buffer.from(bytes).toString();
const refusedWith = (code) => (problem) => problem instanceof Refused && problem.code === code;

const writers = {};
const apps = {};

before(async () => {
  for (const suite of SUITES) {
    await publish(`texts-${suite}`, suite);
    writers[suite] = Key.generate(suite);
    await letIn(`texts-${suite}`, writers[suite]);
  }
});

/** An app as a writer of it, once its peers know them. */
function opened(suite) {
  return apps[suite] ??= (async () => {
    const app = await clientOf(writers[suite]).app(`texts-${suite}`);
    const first = app.sign({ contract: "kv", function: "set", arguments: ['{"baseKey":"first","baseValue":"1"}'] });
    await waitFor("the writer is a member", () => app.submit(first).catch((problem) => {
      if (problem instanceof Refused && ["forbidden", "unauthenticated"].includes(problem.code)) return null;
      throw problem;
    }));
    return app;
  })();
}

for (const suite of SUITES) {
  test(`${suite}: a call, what is answered, its receipt`, async () => {
    const app = await opened(suite);
    const value = `値 ${Math.random()}`;
    const outcome = await app.call("kv", "set", JSON.stringify({ baseKey: "k", baseValue: value }));
    assert.equal(outcome.success, true, outcome.error);
    assert.ok(outcome.height > 0 && outcome.time > 1.7e12);
    const answer = await app.query("kv", "get", "k");
    assert.ok(answer.height >= outcome.height);
    assert.ok(text(answer.bytes).includes(value));

    const { bytes, verdict } = await app.receipt(outcome.id);
    assert.equal(verdict.success, true);
    assert.equal(verdict.transaction.suite.name, suite);
    assert.equal(hex(verdict.transaction.creator), hex(writers[suite].participant));
    assert.equal(verdict.trustClass, "crash-fault quorum 2 of 3, embedded ordering, one operator");
    assert.equal(Number(verdict.header.height), outcome.height);
    writeFileSync(join(folder, `${suite}.receipt.json`), bytes);
    bytes[bytes.length >> 1] ^= 1;
    assert.throws(() => { const one = verify(bytes, trustOf(genesis)); if (!one.success) throw new Error(one.failure); });

    const [same, none] = await app.receipts([outcome.id, new Uint8Array(32)]);
    assert.equal(same.verdict.success, true);
    assert.ok(refusedWith("not_found")(none));
  });
}

test("invocations with a key in custody happen once for each idempotency key", async () => {
  const app = await opened("secp256r1");
  const system = await clientOf(writers.secp256r1).app("system");
  const name = "texts-secp256r1";
  const keeper = (await clientOf().nodes())[1];
  const chosen = await system.call("registry", "set_custodian", name, keeper.name);
  assert.equal(chosen.success, true, chosen.error);
  const transient = (problem) => {
    if (problem instanceof Refused && ["forbidden", "not_found", "unavailable"].includes(problem.code)) return null;
    throw problem;
  };
  // Each node learns of it in its own time, and only one of them is the custodian.
  let at = 0;
  const user = await waitFor("the user is made", () => clientOf(writers.secp256r1, { gateways: [gateways[at++ % gateways.length]] })
    .app(name).then((one) => one.addUser("till")).catch(transient));
  assert.equal(user.name, "till");
  const call = (value) => ({ contract: "kv", function: "set", arguments: [JSON.stringify({ baseKey: "once", baseValue: value })] });
  const first = await waitFor("all know the user", () => app.invoke(call("1"), "order 1", "till").catch(transient));
  assert.equal(first.success, true, first.error);
  assert.deepEqual(await app.invoke(call("1"), "order 1", "till"), first);
  await assert.rejects(app.invoke(call("2"), "order 1", "till"), refusedWith("duplicate"));
  const { verdict } = await app.receipt(first.id);
  assert.equal(hex(verdict.transaction.creator), user.participant);
});

test("a refusal by the contract is on the ledger, with a receipt of it", async () => {
  const app = await opened("secp256r1");
  const outcome = await app.call("evidence", "deposit", "no hash", "note");
  assert.equal(outcome.success, false);
  assert.ok(outcome.error.length > 3);
  const { verdict, bytes } = await app.receipt(outcome.id);
  assert.deepEqual([verdict.authentic, verdict.success], [true, false]);
  assert.ok(verdict.failure.includes(outcome.error));
  writeFileSync(join(folder, "refused.receipt.json"), bytes);
});

test("the example deposits a file, and bsn and our verifier take its receipt", async () => {
  const [file, key] = [join(folder, "contract.pdf"), process.env.BSN_KEY];
  writeFileSync(file, `content ${Math.random()}`);
  const words = ["dist/examples/deposit.js", join(folder, "genesis.json"), key, file, nowhere, ...gateways];
  assert.match(execFileSync("node", words, { encoding: "utf8" }), /crash-fault quorum 2 of 3/);
  execFileSync(process.env.BSN_BINARY, ["evidence", "verify", file], { cwd: folder, stdio: "ignore" });
  const verdict = verify(readFileSync(`${file}.receipt.json`), trustOf(genesis));
  assert.equal(deposits(verdict, await digestOf([readFileSync(file)])), true);
  assert.equal(deposits(verdict, await digestOf([Buffer.from("other")])), false);
});

test("the same bytes get their first answer", async () => {
  const app = await opened("secp256r1");
  const transaction = app.sign({ contract: "kv", function: "set", arguments: ['{"baseKey":"once","baseValue":"1"}'] });
  const first = await app.submit(transaction);
  assert.deepEqual(await app.submit(transaction), first);
  const other = await clientOf(undefined, { gateways: [gateways[2]] }).app("texts-secp256r1");
  assert.deepEqual(await other.submit(transaction), first, "at another gateway, by whoever has the bytes");
});

test("many at once, in order, each with its own result", async () => {
  const app = await opened("secp256r1");
  const good = Array.from({ length: 30 }, (_, at) => app.sign(
    { contract: "kv", function: "set", arguments: [JSON.stringify({ baseKey: `many${at}`, baseValue: "1" })] }));
  const refused = app.sign({ contract: "evidence", function: "deposit", arguments: ["no hash"] });
  const late = app.sign({ contract: "kv", function: "get", arguments: ["k"] }, { validUntil: 1 });
  const results = await app.submitMany([...good, refused, late]);
  assert.deepEqual(results.slice(0, 30).map(({ status }) => status), Array(30).fill("success"));
  assert.deepEqual(results.map(({ id }) => hex(id)), [...good, refused, late].map(({ id }) => hex(id)));
  assert.deepEqual([results[30].status, results[30].code], ["refused", "contract_failed"]);
  assert.deepEqual([results[31].status, results[31].code], ["not admitted", "expired"]);
  const receipts = await app.receipts(results.slice(0, 31).map(({ id }) => id));
  assert.ok(receipts.every(({ verdict }) => verdict.authentic));
});

test("blocks, transactions, heights", async () => {
  const app = await opened("secp256r1");
  const argument = '{"baseKey":"shown","baseValue":"1"}';
  const outcome = await app.call("kv", "set", argument);
  const shown = await app.transaction(outcome.id);
  assert.deepEqual([shown.contract, shown.function, shown.arguments], ["kv", "set", [argument]]);
  assert.equal(shown.creator, hex(writers.secp256r1.participant));
  const block = await app.block(outcome.height);
  assert.equal(block.transactions[outcome.index], hex(outcome.id));
  assert.deepEqual(await app.block(block.hash), block);
  assert.ok(await app.height() >= outcome.height);
  assert.ok((await app.block("latest")).height >= outcome.height);
});

test("what the permission chain says", async () => {
  const client = clientOf(writers.sm2);
  assert.equal((await client.nodes()).length, gateways.length);
  assert.ok((await client.apps()).some(({ name }) => name === "texts-sm2"));
  assert.equal((await client.participant(hex(writers.sm2.participant))).suite, "sm2");
  assert.equal((await client.status()).network, hex(client.network));
  const app = await client.app("texts-sm2");
  assert.equal(app.record.membership.state, "approved");
  assert.equal((await clientOf().app("texts-sm2")).record.members, undefined, "members are told to members");
  const system = await client.app("system");
  const created = await system.block(1);
  const { verdict, bytes } = await system.receipt(Buffer.from(created.transactions[0], "hex"));
  assert.equal(verdict.success, true);
  writeFileSync(join(folder, "system.receipt.json"), bytes);
});

test("refusals have the network's own codes", async () => {
  const app = await opened("secp256r1");
  await assert.rejects(app.transaction(new Uint8Array(32)), refusedWith("not_found"));
  await assert.rejects(clientOf().app("no-such-app"), refusedWith("not_found"));
  await assert.rejects(app.query("kv", "no-such-function"), Refused);
  const stranger = await clientOf(Key.generate()).app("texts-secp256r1");
  await assert.rejects(stranger.call("kv", "set", "{}"), Refused);
  assert.throws(() => stranger.sign({ contract: "KV", function: "set" }), refusedWith("invalid_argument"));
  const wrong = await clientOf(Key.generate("sm2")).app("texts-secp256r1");
  assert.throws(() => wrong.sign({ contract: "kv", function: "set" }), refusedWith("wrong_suite"));
  const anonymous = await clientOf().app("texts-secp256r1");
  assert.throws(() => anonymous.sign({ contract: "kv", function: "set" }), refusedWith("unauthenticated"));
  const forged = signTransaction(writers.secp256r1, app.channel, app.channel, { contract: "kv", function: "set" });
  await assert.rejects(app.submit(forged), refusedWith("wrong_network"));
  const foreign = genesis.slice();
  foreign.set(Buffer.from("x"), Buffer.from(genesis).indexOf('"name": "') + 9);
  await assert.rejects(new Client({ gateways, genesis: foreign }).app("evidence"), refusedWith("wrong_network"));
});

test("a gateway that is gone is passed over; that none is there is said", async () => {
  const app = await clientOf(writers.secp256r1, { gateways: [nowhere, ...gateways] }).app("texts-secp256r1");
  assert.ok((await app.query("kv", "get", "first")).bytes.length > 0);
  await assert.rejects(clientOf(undefined, { gateways: [nowhere], timeoutMs: 300 }).apps(), refusedWith("unavailable"));
});

test("events come in order, once each, and go on behind one that was seen", async () => {
  const app = await opened("secp256r1");
  const from = await app.height() + 1;
  const deposits = [];
  for (let at = 0; at < 5; ++at) {
    const outcome = await app.call("evidence", "deposit", hex(crypto.getRandomValues(new Uint8Array(32))), `note ${at}`);
    assert.equal(outcome.success, true, outcome.error);
    deposits.push(hex(outcome.id));
  }
  const read = async (options, count) => {
    const stop = new AbortController();
    const found = [];
    for await (const event of app.events({ ...options, signal: stop.signal })) {
      if (event.contract !== "evidence") continue;
      found.push(event);
      if (found.length === count) stop.abort();
    }
    return found;
  };
  const all = await read({ from }, 5);
  assert.deepEqual(all.map(({ transaction }) => hex(transaction)), deposits);
  const rest = await read({ after: all[1].id }, 3);
  assert.deepEqual(rest.map(({ id }) => id), all.slice(2).map(({ id }) => id));
  // A new one arrives while the reader waits.
  const next = read({}, 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const outcome = await app.call("evidence", "deposit", hex(crypto.getRandomValues(new Uint8Array(32))), "late");
  assert.equal(hex((await next)[0].transaction), hex(outcome.id));
});
