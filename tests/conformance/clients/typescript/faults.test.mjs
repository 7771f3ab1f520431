// Gateways that are lost in the middle of things: connections to them go through proxies, which are cut.
import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";

import { Key, toHex } from "bsn-client";

import { clientOf, gateways, letIn, publish, waitFor } from "./network.mjs";

/** A way to a gateway. `mode`: "open"; "deaf", which loses the answers; "cut", which is not there. */
class Proxy {
  mode = "open";
  carried = 0;
  #sockets = new Set();

  async open(gateway) {
    const { hostname, port } = new URL(gateway);
    this.server = createServer((near) => {
      if (this.mode === "cut") return near.destroy();
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => socket.destroy()).on("close", () => {
          this.#sockets.delete(socket);
          (socket === near ? far : near).destroy();
        });
      }
      near.on("data", (data) => far.write(data));
      far.on("data", (data) => {
        // The request was dealt with; whoever asked never learns of it.
        if (this.mode === "deaf") return near.destroy();
        this.carried += data.length;
        near.write(data);
      });
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  set(mode) {
    this.mode = mode;
    if (mode === "cut") this.#sockets.forEach((socket) => socket.destroy());
  }

  close() {
    this.set("cut");
    this.server.close();
  }
}

let proxies, writer, app;
const deposit = () => ({ contract: "evidence", function: "deposit", arguments: [toHex(crypto.getRandomValues(new Uint8Array(32))), "n"] });

before(async () => {
  proxies = await Promise.all(gateways.map((gateway) => new Proxy().open(gateway)));
  writer = Key.generate();
  await publish("faults", "secp256r1");
  await letIn("faults", writer);
  app = await clientOf(writer, { gateways: proxies.map(({ url }) => url) }).app("faults");
  const first = app.sign(deposit());
  await waitFor("the writer is a member", () => app.submit(first).catch(() => null));
});
after(() => proxies.forEach((proxy) => proxy.close()));

test("an answer that is lost: the same bytes at the next gateway, once on the ledger", async () => {
  for (let round = 0; round < 10; ++round) {
    proxies.forEach((proxy, at) => proxy.set(at === round % 3 ? "open" : "deaf"));
    const outcome = await app.submit(app.sign(deposit()));
    assert.equal(outcome.success, true, outcome.error);
    const block = await app.block(outcome.height);
    assert.equal(block.transactions[outcome.index], toHex(outcome.id));
  }
  proxies.forEach((proxy) => proxy.set("open"));
  const seen = new Map();
  for (let height = 1; height <= await app.height(); ++height) {
    for (const id of (await app.block(height)).transactions) seen.set(id, (seen.get(id) ?? 0) + 1);
  }
  assert.ok(seen.size >= 11 && [...seen.values()].every((count) => count === 1));
});

test("events across gateways that come and go: each once, in order, none left out", async () => {
  const stop = new AbortController();
  const found = [];
  const from = await app.height() + 1;
  const reading = (async () => {
    for await (const event of app.events({ from, signal: stop.signal })) found.push(toHex(event.transaction));
  })();
  const sent = [];
  for (let round = 0; round < 12; ++round) {
    proxies.forEach((proxy, at) => proxy.set(at === round % 3 ? "open" : "cut"));
    const outcome = await app.submit(app.sign(deposit()));
    assert.equal(outcome.success, true, outcome.error);
    sent.push(toHex(outcome.id));
  }
  await waitFor("all events", () => found.length >= sent.length);
  stop.abort();
  await reading;
  assert.deepEqual(found, sent);
});
