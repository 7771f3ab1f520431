// The network that the tests are run against: tests/e2e/typescript_client_test.py starts it and says where it is.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Client, Key } from "bsn-client";

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; tests/e2e/typescript_client_test.py sets it`);
  return value;
}

export const gateways = needed("BSN_GATEWAYS").split(",");
export const folder = needed("BSN_FILES");
export const genesis = new Uint8Array(readFileSync(join(folder, "genesis.json")));
export const operator = await Key.fromPem(readFileSync(needed("BSN_KEY"), "utf8"));
/** Where nobody listens. */
export const nowhere = "http://127.0.0.1:1";

export const clientOf = (key, more = {}) => new Client({ gateways, genesis, ...(key ? { key } : {}), ...more });

/** Until `condition` gives something, for at most `seconds`. */
export async function waitFor(what, condition, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Publishes an app of our own ledger, for texts by key. */
export async function publish(name, suite) {
  const system = await clientOf(operator).app("system");
  const published = await system.call("registry", "publish_app", JSON.stringify({
    name, suite, contracts: [{ name: "kv", type: "kv" }, { name: "evidence", type: "evidence" }],
    roles: [{ name: "writer", functions: ["*"] }, { name: "reader", public: true, functions: ["*"] }],
  }));
  if (!published.success) throw new Error(published.error);
  for (const gateway of gateways) {
    await waitFor(`${gateway} knows ${name}`, () => clientOf(undefined, { gateways: [gateway] }).app(name).catch(() => null));
  }
}

/** Lets a key into an app: it asks, the publisher approves. */
export async function letIn(name, key) {
  const asked = await (await clientOf(key).app("system")).call("registry", "join_app", name, "writer");
  if (!asked.success) throw new Error(asked.error);
  const participant = Buffer.from(key.participant).toString("hex");
  const approved = await (await clientOf(operator).app("system")).call("registry", "approve", name, participant);
  if (!approved.success) throw new Error(approved.error);
}
