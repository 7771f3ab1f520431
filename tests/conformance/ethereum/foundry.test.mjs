// Foundry: a broadcast script, tests on a fork of the node, forge create and cast.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { freshHash, keys, url } from "./lib/setup.mjs";

const root = new URL(".", import.meta.url).pathname;
mkdirSync(join(root, "cache/foundry"), { recursive: true });

async function run(program, ...words) {
  // The program itself: the package's wrapper script swallows its exit status.
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const place = join(root, `node_modules/@foundry-rs/${program}-${process.platform}-${architecture}/bin/${program}`);
  const { stdout } = await promisify(execFile)(place, words, {
    cwd: join(root, "foundry"),
    env: { ...process.env, NO_COLOR: "1", FOUNDRY_DISABLE_NIGHTLY_WARNING: "1" },
    maxBuffer: 64 << 20,
  });
  return stdout.trim();
}

const signed = ["--rpc-url", url, "--private-key", keys[0]];
const read = ["--rpc-url", url];

test("forge script broadcasts the deployments and calls", async () => {
  const output = await run("forge", "script", "script/Deploy.s.sol:Deploy", ...signed, "--broadcast", "--slow");
  assert.match(output, /ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/);
});

test("forge test, on a fork of the node", async () => {
  const output = await run("forge", "test", "--fork-url", url);
  assert.match(output, /2 tests passed, 0 failed/);
});

test("what the script deployed is read by cast", async () => {
  const [token, proxy] = readFileSync(join(root, "cache/foundry/deployed.txt"), "utf8").split(" ");
  assert.equal(await run("cast", "call", token, "balanceOf(address)(uint256)", "0x" + "beef".padStart(40, "0"), ...read), "10");
  assert.equal(await run("cast", "call", proxy, "version()(string)", ...read), '"V2"');
  assert.notEqual(await run("cast", "code", proxy, ...read), "0x");
});

test("forge create, cast send, call, logs, receipt, block", async () => {
  const created = JSON.parse(await run("forge", "create", "../contracts/Evidence.sol:Evidence", ...signed, "--broadcast", "--json"));
  const evidence = created.deployedTo;
  const hash = freshHash();
  const receipt = JSON.parse(await run("cast", "send", "--json", ...signed, evidence, "deposit(bytes32,string)", hash, "by cast"));
  assert.equal(receipt.status, "0x1");
  const found = await run("cast", "call", evidence, "find(bytes32)(address,uint256,uint256)", hash, ...read);
  assert.match(found, new RegExp(`^0x[0-9a-fA-F]{40}\\n\\d+.*\\n${BigInt(receipt.blockNumber)}\\b`));
  const logs = JSON.parse(await run("cast", "logs", "--json", ...read, "--from-block", String(BigInt(receipt.blockNumber)),
    "--address", evidence, "Deposited(bytes32 indexed,address indexed,uint256,string)"));
  assert.deepEqual(logs.map((log) => [log.topics[1], log.transactionHash]), [[hash, receipt.transactionHash]]);
  const block = JSON.parse(await run("cast", "block", receipt.blockHash, "--json", ...read));
  assert.ok(block.transactions.includes(receipt.transactionHash));
  const again = JSON.parse(await run("cast", "receipt", receipt.transactionHash, "--json", ...read));
  assert.equal(again.contractAddress, null);
  const transaction = JSON.parse(await run("cast", "tx", created.transactionHash, "--json", ...read));
  assert.equal(transaction.from.toLowerCase(), created.deployer.toLowerCase());
  await assert.rejects(run("cast", "call", evidence, "find(bytes32)", freshHash(), ...read), /execution reverted/);
  await assert.rejects(run("cast", "send", ...signed, evidence, "deposit(bytes32,string)", hash, ""), /execution reverted/);
});

test("legacy transactions, a nonce, estimates", async () => {
  const wallet = await run("cast", "wallet", "address", keys[0]);
  const nonce = Number(await run("cast", "nonce", wallet, ...read));
  const receipt = JSON.parse(await run("cast", "send", "--json", "--legacy", ...signed, wallet));
  assert.equal(receipt.type, "0x0");
  assert.equal(Number(await run("cast", "nonce", wallet, ...read)), nonce + 1);
  assert.equal(await run("cast", "estimate", wallet, ...read), "21000");
  assert.match(await run("cast", "client", ...read), /\S/);
  assert.match(await run("cast", "gas-price", ...read), /^\d+$/);
});
