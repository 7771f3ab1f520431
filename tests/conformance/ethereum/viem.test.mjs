// viem: public and wallet clients, typed transactions, decoded errors and events, watchers by poll and by push.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  BaseError, ContractFunctionRevertedError, createPublicClient, createWalletClient, defineChain, getContract, http,
  parseEventLogs, parseTransaction, recoverTransactionAddress, serializeTransaction, webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { contract, freshHash, keys, rpc, url, waitFor, wsUrl } from "./lib/setup.mjs";

const chain = defineChain({
  id: Number((await rpc("eth_chainId")).result),
  name: "under test",
  nativeCurrency: { name: "Coin", symbol: "COIN", decimals: 18 },
  rpcUrls: { default: { http: [url], webSocket: [wsUrl] } },
});
const options = { chain, transport: http(), pollingInterval: 100, cacheTime: 0 };
const client = createPublicClient(options);
const [account, otherAccount] = keys.map((key) => privateKeyToAccount(key));
const wallet = createWalletClient({ ...options, account });
const other = createWalletClient({ ...options, account: otherAccount });

const mined = async (hash) => client.waitForTransactionReceipt({ hash });

async function deploy(name, args = []) {
  const { abi, bytecode } = contract(name);
  const receipt = await mined(await wallet.deployContract({ abi, bytecode, args }));
  assert.equal(receipt.status, "success");
  return getContract({ address: receipt.contractAddress, abi, client: { public: client, wallet } });
}

/** [name, ...arguments] of the error with which the contract ended the call. */
async function reverted(promise) {
  const error = await promise.then(() => assert.fail("did not fail"), (each) => each);
  assert.ok(error instanceof BaseError, String(error));
  const cause = error.walk((each) => each instanceof ContractFunctionRevertedError);
  assert.ok(cause, String(error));
  return cause.data ? [cause.data.errorName, ...(cause.data.args ?? [])] : [];
}

describe("tokens", () => {
  test("ERC-20", async () => {
    const token = await deploy("Token", ["Test", "TST", 1000n]);
    await mined(await token.write.transfer([otherAccount.address, 10n]));
    await mined(await token.write.approve([otherAccount.address, 5n]));
    // Not `...token`: when a node has no eth_fillTransaction, viem tells of all arguments, and cannot of its proxies.
    const { address, abi } = token;
    await mined(await other.writeContract({ address, abi, functionName: "transferFrom", args: [account.address, otherAccount.address, 5n] }));
    assert.equal(await token.read.balanceOf([otherAccount.address]), 15n);
    assert.deepEqual(await reverted(token.simulate.transfer([otherAccount.address, 986n], { account })),
      ["ERC20InsufficientBalance", account.address, 985n, 986n]);
  });

  test("ERC-721 and ERC-1155, one of each", async () => {
    const collectible = await deploy("Collectible");
    const { request, result } = await collectible.simulate.mint([otherAccount.address, "ipfs://x"], { account });
    assert.equal(result, 1n);
    await mined(await wallet.writeContract(request));
    assert.equal(await collectible.read.ownerOf([1n]), otherAccount.address);
    const items = await deploy("Items");
    await mined(await items.write.safeTransferFrom([account.address, otherAccount.address, 2n, 7n, "0x"]));
    assert.equal(await items.read.balanceOf([otherAccount.address, 2n]), 7n);
  });

  test("UUPS proxy", async () => {
    const [first, second] = [await deploy("CounterV1"), await deploy("CounterV2")];
    const proxy = await deploy("CounterProxy", [first.address, "0x"]);
    const counter = getContract({ address: proxy.address, abi: second.abi, client: { public: client, wallet } });
    await mined(await counter.write.initialize([1n]));
    await mined(await counter.write.upgradeToAndCall([second.address, "0x"]));
    assert.equal(await counter.read.version(), "V2");
    assert.deepEqual(await reverted(counter.simulate.initialize([2n])), ["InvalidInitialization"]);
  });
});

describe("transactions", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  const kinds = [
    ["legacy", { type: "legacy", gasPrice: 2_000_000_000n }],
    ["eip2930", { type: "eip2930", gasPrice: 2_000_000_000n, accessList: [] }],
    ["eip1559", { type: "eip1559", maxFeePerGas: 4_000_000_000n, maxPriorityFeePerGas: 2n }],
  ];
  for (const [type, fields] of kinds) {
    test(`${type}: as signed, so it is found`, async () => {
      const hash = await failures.write.set([5n], { ...fields, gas: 100_000n });
      const receipt = await mined(hash);
      assert.equal(receipt.type, type);
      assert.ok(receipt.effectiveGasPrice >= 0n && receipt.cumulativeGasUsed >= receipt.gasUsed);
      const found = await client.getTransaction({ hash });
      assert.deepEqual([found.type, found.from, found.to, found.gas, found.blockHash],
        [type, account.address.toLowerCase(), failures.address, 100_000n, receipt.blockHash]);
      const serialized = serializeTransaction(
        { ...fields, chainId: chain.id, nonce: found.nonce, gas: found.gas, to: found.to, value: found.value, data: found.input },
        { r: found.r, s: found.s, v: found.v, yParity: found.yParity });
      assert.equal(parseTransaction(serialized).nonce, found.nonce);
      assert.equal(await recoverTransactionAddress({ serializedTransaction: serialized }), account.address);
      assert.equal((await client.getTransaction({ blockHash: receipt.blockHash, index: receipt.transactionIndex })).hash, hash);
      assert.equal((await client.getTransaction({ blockNumber: receipt.blockNumber, index: receipt.transactionIndex })).hash, hash);
    });
  }

  test("many at once", async () => {
    const nonce = await client.getTransactionCount({ ...account, blockTag: "pending" });
    const hashes = await Promise.all(Array.from({ length: 10 }, (_, i) =>
      failures.write.notes([BigInt(i), 1n, "many"], { nonce: nonce + i, gas: 100_000n })));
    const receipts = await Promise.all(hashes.map(mined));
    assert.ok(receipts.every((each) => each.status === "success" && each.logs.length === 1));
    assert.equal(await client.getTransactionCount(account), nonce + 10);
  });

  test("gas and fees", async () => {
    const gas = await failures.estimateGas.set([8n]);
    assert.equal((await mined(await failures.write.set([8n], { gas }))).status, "success");
    assert.ok(await client.getGasPrice() >= 0n);
    assert.ok((await client.estimateFeesPerGas()).maxFeePerGas >= 0n);
    const history = await client.getFeeHistory({ blockCount: 3, rewardPercentiles: [50] });
    assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
    assert.ok(history.reward.every((each) => each.length === 1));
  });

  test("a failed one has the status reverted", async () => {
    const receipt = await mined(await failures.write.withBareError({ gas: 100_000n }));
    assert.deepEqual([receipt.status, receipt.logs.length, receipt.to], ["reverted", 0, failures.address]);
  });
});

describe("reads", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  test("at a past block", async () => {
    const first = await mined(await failures.write.set([1n]));
    await mined(await failures.write.set([2n]));
    assert.equal(await failures.read.value({ blockNumber: first.blockNumber }), 1n);
    assert.equal(await failures.read.value(), 2n);
    const value = await client.getStorageAt({ address: failures.address, slot: "0x0", blockNumber: first.blockNumber });
    assert.equal(BigInt(value), 1n);
    assert.ok(await client.getCode(failures));
  });

  test("blocks with their transactions", async () => {
    const receipt = await mined(await failures.write.set([3n]));
    const block = await client.getBlock({ blockHash: receipt.blockHash, includeTransactions: true });
    assert.equal(block.transactions[receipt.transactionIndex].hash, receipt.transactionHash);
    assert.equal(await client.getBlockTransactionCount({ blockNumber: block.number }), block.transactions.length);
    assert.match(block.logsBloom, /^0x[0-9a-f]{512}$/);
    assert.match(block.stateRoot, /^0x[0-9a-f]{64}$/);
    await assert.rejects(client.getBlock({ blockNumber: block.number + 1_000_000n }), { name: "BlockNotFoundError" });
    await assert.rejects(client.getTransactionReceipt({ hash: freshHash() }), { name: "TransactionReceiptNotFoundError" });
  });

  test("a batch in one request", async () => {
    const batching = createPublicClient({ ...options, transport: http(url, { batch: { wait: 10 } }) });
    const [id, number, balance, code] = await Promise.all([
      batching.getChainId(), batching.getBlockNumber(), batching.getBalance(account), batching.getCode(failures)]);
    assert.equal(id, chain.id);
    assert.ok(number > 0n && balance >= 0n && code.length > 2);
  });

  test("a call that stores nothing: state put over for this call alone", async () => {
    const value = "0x" + "2a".padStart(64, "0");
    const stateOverride = [{ address: failures.address, stateDiff: [{ slot: "0x" + "0".repeat(64), value }] }];
    assert.equal(await client.readContract({ ...failures, functionName: "value", stateOverride }), 42n);
  });
});

test("reverts are decoded", async () => {
  const failures = await deploy("Failures");
  assert.deepEqual(await reverted(failures.simulate.withRequire()), ["Error", "the reason is this"]);
  assert.deepEqual(await reverted(failures.simulate.withCustomError([3n], { account })), ["Refused", account.address, 3n, "too much"]);
  assert.deepEqual(await reverted(failures.simulate.withBareError()), ["Bare"]);
  assert.deepEqual(await reverted(failures.read.withOverflow([255])), ["Panic", 17n]);
  assert.deepEqual(await reverted(failures.estimateGas.withCustomError([4n], { account })), ["Refused", account.address, 4n, "too much"]);
});

describe("events", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  test("from receipts, by range, by topic", async () => {
    const receipt = await mined(await failures.write.notes([10n, 3n, "logged"]));
    const logs = parseEventLogs({ abi: failures.abi, logs: receipt.logs });
    assert.deepEqual(logs.map((log) => log.args.number), [10n, 11n, 12n]);
    const range = { fromBlock: receipt.blockNumber, toBlock: receipt.blockNumber };
    const found = await failures.getEvents.Note({ number: [11n, 12n] }, range);
    assert.deepEqual(found.map((log) => [log.args.number, log.args.text, log.logIndex]),
      [[11n, "logged", logs[1].logIndex], [12n, "logged", logs[2].logIndex]]);
    assert.deepEqual(await failures.getEvents.Note({ number: 99n }, range), []);
  });

  test("by a filter in the node", async () => {
    const filter = await failures.createEventFilter.Note();
    await mined(await failures.write.notes([20n, 2n, "filtered"]));
    const changes = await client.getFilterChanges({ filter });
    assert.deepEqual(changes.map((log) => log.args.number), [20n, 21n]);
    assert.deepEqual(await client.getFilterChanges({ filter }), []);
    assert.equal(await client.uninstallFilter({ filter }), true);
  });

  test("watched by polling and by WebSocket", async () => {
    const socket = createPublicClient({ chain, transport: webSocket(wsUrl) });
    const polled = [], pushed = [], heads = [];
    const stops = [
      client.watchContractEvent({ ...failures, eventName: "Note", poll: true, onLogs: (logs) => polled.push(...logs) }),
      socket.watchContractEvent({ ...failures, eventName: "Note", args: { number: 31n }, onLogs: (logs) => pushed.push(...logs) }),
      socket.watchBlocks({ onBlock: (block) => heads.push(block) }),
    ];
    try {
      // Subscriptions are asked for in the background: a block tells that they stand.
      await waitFor("a head", async () => {
        await mined(await failures.write.set([1n]));
        return heads.length;
      });
      const receipt = await mined(await failures.write.notes([30n, 3n, "watched"]));
      await waitFor("polled", () => polled.length === 3);
      await waitFor("pushed", () => pushed.length === 1);
      await waitFor("head", () => heads.some((head) => head.hash === receipt.blockHash));
      assert.deepEqual(pushed.map((log) => log.args), [{ number: 31n, text: "watched" }]);
    } finally {
      stops.forEach((stop) => stop());
      (await socket.transport.getRpcClient()).close();
    }
  });
});
