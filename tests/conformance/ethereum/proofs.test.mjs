// eth_getProof, judged by the trie of @ethereumjs: an account, its slots, and what is not there, under the state root of
// the block's header, whose hash is the block's. Of a chain whose state has such a root (an app with
// `state: merkle_patricia`).
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Trie } from "@ethereumjs/trie";
import { ContractFactory, JsonRpcProvider, Wallet, decodeRlp, getBytes, keccak256, toBeHex, toQuantity, zeroPadValue } from "ethers";
import { contract, keys, rpc, url } from "./lib/setup.mjs";

const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 100, cacheTimeout: -1 });
const wallet = new Wallet(keys[0], provider);
const slot = (number) => zeroPadValue(toBeHex(number), 32);
let failures, address, block;

/** The value that a proof shows for a key, or null if it shows that there is none. */
async function shown(root, key, proof) {
  if (!proof.length) {
    assert.equal(root, keccak256("0x80"), "nothing proves nothing but an empty trie");
    return null;
  }
  const value = await Trie.verifyProof(getBytes(keccak256(key)), proof.map(getBytes), { root: getBytes(root) });
  return value === null ? null : decodeRlp(value);
}

async function prove(of, slots, at = block) {
  const { result, error } = await rpc("eth_getProof", [of, slots, at.number]);
  assert.equal(error, undefined, JSON.stringify(error));
  const account = await shown(at.stateRoot, of, result.accountProof);
  return { result, account };
}

before(async () => {
  const { abi, bytecode } = contract("Failures");
  failures = await (await new ContractFactory(abi, bytecode, wallet).deploy()).waitForDeployment();
  address = await failures.getAddress();
  await (await failures.set(77n)).wait();
  block = (await rpc("eth_getBlockByNumber", ["latest", false])).result;
});

test("a contract and its slots", async () => {
  const { result, account } = await prove(address, [slot(0), slot(1000)]);
  assert.ok(account, "the account is proved");
  const [nonce, balance, storageRoot, codeHash] = account;
  assert.equal(toQuantity(nonce), result.nonce);
  assert.equal(toQuantity(balance), result.balance);
  assert.equal(storageRoot, result.storageHash);
  assert.equal(codeHash, result.codeHash);
  assert.equal(codeHash, keccak256(await provider.getCode(address)));
  const [there, absent] = result.storageProof;
  assert.equal(toQuantity(await shown(storageRoot, there.key, there.proof)), "0x4d");
  assert.equal(there.value, "0x4d");
  assert.equal(await shown(storageRoot, absent.key, absent.proof), null);
  assert.equal(absent.value, "0x0");
});

test("an account without code", async () => {
  const { result, account } = await prove(wallet.address, []);
  assert.equal(Number(account[0]), await provider.getTransactionCount(wallet.address));
  assert.equal(result.codeHash, keccak256("0x"));
  assert.equal(result.storageHash, keccak256("0x80"));
});

test("an account that is not there", async () => {
  const { result, account } = await prove("0x" + "ab".repeat(20), [slot(0)]);
  assert.equal(account, null);
  assert.deepEqual([result.nonce, result.balance, result.storageProof[0].value], ["0x0", "0x0", "0x0"]);
});

test("an earlier block has the proofs of its own state", async () => {
  await (await failures.set(78n)).wait();
  const { result, account } = await prove(address, [slot(0)]);
  assert.equal(toQuantity(await shown(account[2], slot(0), result.storageProof[0].proof)), "0x4d");
  const now = (await rpc("eth_getBlockByNumber", ["latest", false])).result;
  const later = await prove(address, [slot(0)], now);
  assert.equal(toQuantity(await shown(later.account[2], slot(0), later.result.storageProof[0].proof)), "0x4e");
});
