// web3.js 4: contracts, signed transactions, past events, subscriptions, batches.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Web3 } from "web3";
import { contract, freshHash, keys, url, waitFor, wsUrl } from "./lib/setup.mjs";

const web3 = new Web3(url);
web3.eth.transactionPollingInterval = 100;
const [from, other] = keys.map((key) => web3.eth.accounts.wallet.add(key)[0] && web3.eth.accounts.privateKeyToAccount(key).address);

async function deploy(name, args = []) {
  const { abi, bytecode } = contract(name);
  const deployment = new web3.eth.Contract(abi).deploy({ data: bytecode, arguments: args });
  const deployed = await deployment.send({ from, gas: String(await deployment.estimateGas({ from })) });
  deployed.setProvider(web3.currentProvider);
  return deployed;
}

const send = async (method, as = from) => method.send({ from: as, gas: String(await method.estimateGas({ from: as })) });

/** The error under the errors: the one with the node's answer. */
function innermost(error) {
  return error.cause ? innermost(error.cause) : error;
}

describe("contracts", () => {
  test("ERC-20 moved, with its event", async () => {
    const token = await deploy("Token", ["Test", "TST", 500n]);
    const receipt = await send(token.methods.transfer(other, 20n));
    assert.equal(receipt.status, 1n);
    assert.deepEqual([receipt.events.Transfer.returnValues.to, receipt.events.Transfer.returnValues.value], [other, 20n]);
    assert.equal(await token.methods.balanceOf(other).call(), 20n);
    const past = await token.getPastEvents("Transfer", { fromBlock: receipt.blockNumber, filter: { to: other } });
    assert.deepEqual(past.map((each) => each.returnValues.value), [20n]);
  });

  test("ERC-721, ERC-1155 and a UUPS proxy", async () => {
    const collectible = await deploy("Collectible");
    await send(collectible.methods.mint(other, "ipfs://w"));
    assert.equal(await collectible.methods.ownerOf(1).call(), other);
    const items = await deploy("Items");
    await send(items.methods.safeTransferFrom(from, other, 1, 4, "0x"));
    assert.equal(await items.methods.balanceOf(other, 1).call(), 4n);
    const first = await deploy("CounterV1");
    const proxy = await deploy("CounterProxy", [first.options.address, first.methods.initialize(8).encodeABI()]);
    const second = await deploy("CounterV2");
    const counter = new web3.eth.Contract(contract("CounterV2").abi, proxy.options.address);
    await send(counter.methods.upgradeToAndCall(second.options.address, "0x"));
    assert.deepEqual([await counter.methods.count().call(), await counter.methods.version().call()], [8n, "V2"]);
  });

  test("evidence", async () => {
    const evidence = await deploy("Evidence");
    const hash = freshHash();
    const receipt = await send(evidence.methods.deposit(hash, "from web3"));
    assert.equal(receipt.events.Deposited.returnValues.note, "from web3");
    const entry = await evidence.methods.find(hash).call();
    assert.deepEqual([entry.depositor, entry.blockNumber], [from, BigInt(receipt.blockNumber)]);
    await assert.rejects(evidence.methods.deposit(hash, "").estimateGas({ from: other }), (error) =>
      innermost(error).errorName === "AlreadyDeposited" || /revert/.test(innermost(error).message));
  });
});

describe("the node", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  test("legacy and EIP-1559 transactions, signed here", async () => {
    const data = failures.methods.set(4).encodeABI();
    const chainId = await web3.eth.getChainId();
    for (const fees of [{ type: 0, gasPrice: 2_000_000_000n }, { type: 2, maxFeePerGas: 4_000_000_000n, maxPriorityFeePerGas: 1n }]) {
      const nonce = await web3.eth.getTransactionCount(from, "pending");
      const transaction = { ...fees, to: failures.options.address, data, nonce, chainId, gas: 100_000n };
      const signed = await web3.eth.accounts.signTransaction(transaction, keys[0]);
      const receipt = await web3.eth.sendSignedTransaction(signed.rawTransaction);
      assert.equal(receipt.transactionHash, signed.transactionHash);
      assert.equal(receipt.type, BigInt(fees.type));
      assert.equal((await web3.eth.getTransaction(signed.transactionHash)).nonce, nonce);
    }
    assert.equal(await failures.methods.value().call(), 4n);
  });

  test("a call at a past block", async () => {
    const first = await send(failures.methods.set(6));
    await send(failures.methods.set(7));
    assert.equal(await failures.methods.value().call({}, first.blockNumber), 6n);
    assert.equal(await failures.methods.value().call(), 7n);
  });

  test("reverts are told", async () => {
    await assert.rejects(failures.methods.withRequire().call({ from }), (error) => /the reason is this/.test(innermost(error).message));
    await assert.rejects(failures.methods.withCustomError(5).call({ from }), (error) => {
      const { errorName, errorArgs } = innermost(error);
      return errorName === "Refused" && errorArgs.amount === 5n && errorArgs.by === from;
    });
    await assert.rejects(failures.methods.withBareError().send({ from, gas: "100000", checkRevertBeforeSending: false }));
  });

  test("blocks, fees, identity", async () => {
    const block = await web3.eth.getBlock("latest", true);
    assert.equal((await web3.eth.getBlock(block.hash)).number, block.number);
    assert.equal(await web3.eth.getBlockTransactionCount(block.hash), BigInt(block.transactions.length));
    assert.ok(await web3.eth.getGasPrice() >= 0n);
    const history = await web3.eth.getFeeHistory(2, "latest", [50]);
    assert.ok(history.baseFeePerGas.length >= 2);
    assert.equal(await web3.eth.net.getId(), await web3.eth.getChainId());
    assert.ok(await web3.eth.getNodeInfo());
    assert.equal(await web3.eth.isSyncing(), false);
    assert.ok(await web3.eth.getBalance(from) >= 0n);
    assert.ok((await web3.eth.getCode(failures.options.address)).length > 2);
  });

  test("a batch", async () => {
    const batch = new web3.BatchRequest();
    const asked = [
      batch.add({ jsonrpc: "2.0", id: 71, method: "eth_chainId", params: [] }),
      batch.add({ jsonrpc: "2.0", id: 72, method: "eth_getTransactionCount", params: [from, "latest"] }),
    ];
    await batch.execute();
    const [chainId, nonce] = await Promise.all(asked);
    assert.equal(BigInt(chainId), await web3.eth.getChainId());
    assert.match(nonce, /^0x/);
  });
});

describe("by WebSocket", () => {
  const socket = new Web3(wsUrl);
  after(() => {
    socket.currentProvider.disconnect();
    // web3 waits for the other side's close for good; the results stand by then.
    setTimeout(() => process.exit(), 500).unref();
  });

  test("heads and logs", async () => {
    const failures = await deploy("Failures");
    const heads = [], logs = [];
    const subscriptions = [
      await socket.eth.subscribe("newBlockHeaders"),
      await socket.eth.subscribe("logs", { address: failures.options.address }),
    ];
    subscriptions[0].on("data", (head) => heads.push(head));
    subscriptions[1].on("data", (log) => logs.push(log));
    const receipt = await send(failures.methods.notes(60, 2, "pushed"));
    await waitFor("logs", () => logs.length === 2);
    await waitFor("head", () => heads.some((head) => BigInt(head.number) === BigInt(receipt.blockNumber)));
    assert.deepEqual(logs.map((log) => BigInt(log.topics[1])), [60n, 61n]);
    assert.ok(logs.every((log) => log.transactionHash === receipt.transactionHash));
    assert.equal(await socket.eth.getBlockNumber() >= receipt.blockNumber, true);
    for (const each of subscriptions) await each.unsubscribe();
  });
});
