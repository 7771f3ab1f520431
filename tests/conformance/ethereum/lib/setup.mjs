// What the tests of all clients share: where the node is, whose keys they have, the compiled contracts.
import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";

function needed(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is not set; run.py sets it`);
    process.exit(2);
  }
  return value;
}

export const url = needed("RPC_URL");
export const wsUrl = needed("WS_URL");
export const keys = needed("PRIVATE_KEYS").split(",");

const { contracts } = JSON.parse(readFileSync(new URL("../artifacts.json", import.meta.url), "utf8"));

/** { abi, bytecode } of a compiled contract. */
export function contract(name) {
  if (!contracts[name]) throw new Error(`no contract ${name} in artifacts.json`);
  return contracts[name];
}

/** A hash that nobody has deposited before. */
export const freshHash = () => "0x" + randomBytes(32).toString("hex");

/** The JSON-RPC answer, whatever it is, to one method. */
export async function rpc(method, params = []) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return response.json();
}

/** Until `condition` gives something, for at most `seconds`. */
export async function waitFor(what, condition, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Rejects when `promise` has not settled in time. */
export function within(what, promise, seconds = 30) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
