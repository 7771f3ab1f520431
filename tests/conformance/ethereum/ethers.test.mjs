// ethers v6: signers, contracts, typed transactions, filters, subscriptions, decoded reverts.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  Contract, ContractFactory, JsonRpcProvider, Transaction, Wallet, WebSocketProvider, ZeroAddress, getCreateAddress, id,
  isError, keccak256, toUtf8Bytes, zeroPadValue,
} from "ethers";
import { contract, freshHash, keys, url, waitFor, within, wsUrl } from "./lib/setup.mjs";

const provider = new JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 100, cacheTimeout: -1 });
const [wallet, other] = keys.map((key) => new Wallet(key, provider));
after(() => provider.destroy());

async function deploy(name, ...args) {
  const { abi, bytecode } = contract(name);
  const deployed = await new ContractFactory(abi, bytecode, wallet).deploy(...args);
  await deployed.waitForDeployment();
  return deployed;
}

const done = async (sent) => (await sent).wait();

/** The decoded error of a call that fails so. ethers decodes what a call gave, but not what an estimate gave. */
async function failure(of, promise) {
  const error = await promise.then(() => assert.fail("did not fail"), (each) => each);
  assert.ok(isError(error, "CALL_EXCEPTION"), String(error));
  return error.data && error.data !== "0x" ? of.interface.parseError(error.data) : null;
}

describe("tokens", () => {
  test("ERC-20: deployed, moved, approved, spent", async () => {
    const token = await deploy("Token", "Test", "TST", 1_000_000n);
    const receipt = await token.deploymentTransaction().wait();
    assert.equal(receipt.contractAddress, await token.getAddress());
    assert.equal(receipt.contractAddress, getCreateAddress({ from: wallet.address, nonce: token.deploymentTransaction().nonce }));
    assert.equal(await token.name(), "Test");
    assert.equal(await token.decimals(), 18n);
    assert.equal(await token.balanceOf(wallet.address), 1_000_000n);

    await done(token.transfer(other.address, 300n));
    assert.equal(await token.balanceOf(other.address), 300n);
    await done(token.approve(other.address, 50n));
    await done(token.connect(other).transferFrom(wallet.address, other.address, 50n));
    assert.equal(await token.balanceOf(other.address), 350n);
    assert.equal(await token.totalSupply(), 1_000_000n);
    const failed = await failure(token, token.connect(other).transfer(wallet.address, 351n));
    assert.deepEqual([failed.name, ...failed.args], ["ERC20InsufficientBalance", other.address, 350n, 351n]);
  });

  test("ERC-721: minted, moved, with its URI", async () => {
    const collectible = await deploy("Collectible");
    await done(collectible.mint(wallet.address, "ipfs://one"));
    assert.equal(await collectible.ownerOf(1n), wallet.address);
    assert.equal(await collectible.tokenURI(1n), "ipfs://one");
    await done(collectible["safeTransferFrom(address,address,uint256)"](wallet.address, other.address, 1n));
    assert.equal(await collectible.ownerOf(1n), other.address);
    const failed = await failure(collectible, collectible.connect(other).mint(other.address, ""));
    assert.equal(failed.name, "OwnableUnauthorizedAccount");
  });

  test("ERC-1155: a batch of kinds", async () => {
    const items = await deploy("Items");
    await done(items.safeBatchTransferFrom(wallet.address, other.address, [1n, 3n], [10n, 30n], "0x"));
    const owners = [other.address, other.address, wallet.address];
    assert.deepEqual([...(await items.balanceOfBatch(owners, [1n, 3n, 3n]))], [10n, 30n, 2970n]);
    assert.equal(await items.supportsInterface("0xd9b67a26"), true);
  });

  test("UUPS proxy: upgraded, its state kept; only by its owner", async () => {
    const first = await deploy("CounterV1");
    const init = first.interface.encodeFunctionData("initialize", [40n]);
    const proxy = await deploy("CounterProxy", await first.getAddress(), init);
    const counter = first.attach(await proxy.getAddress());
    await done(counter.increment());
    assert.deepEqual([await counter.count(), await counter.version()], [41n, "V1"]);

    const second = await deploy("CounterV2");
    const reinit = second.interface.encodeFunctionData("initializeV2", [5n]);
    const failed = await failure(counter, counter.connect(other).upgradeToAndCall(await second.getAddress(), reinit));
    assert.equal(failed.name, "OwnableUnauthorizedAccount");
    await done(counter.upgradeToAndCall(await second.getAddress(), reinit));
    const upgraded = second.attach(await proxy.getAddress());
    await done(upgraded.increment());
    assert.deepEqual([await upgraded.count(), await upgraded.version()], [46n, "V2"]);

    const slot = BigInt(id("eip1967.proxy.implementation")) - 1n;
    const stored = await provider.getStorage(await proxy.getAddress(), slot);
    assert.equal(stored, zeroPadValue((await second.getAddress()).toLowerCase(), 32));
  });
});

describe("transactions", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  const kinds = [
    ["legacy", { type: 0, gasPrice: 2_000_000_000n }],
    ["EIP-2930, with its access list", { type: 1, gasPrice: 2_000_000_000n }],
    ["EIP-1559", { type: 2, maxFeePerGas: 4_000_000_000n, maxPriorityFeePerGas: 1n }],
  ];
  for (const [kind, fields] of kinds) {
    test(kind, async () => {
      const to = await failures.getAddress();
      const accessList = fields.type ? [{ address: to, storageKeys: ["0x" + "00".repeat(32)] }] : undefined;
      const sent = await failures.set(BigInt(fields.type) + 70n, { ...fields, accessList, gasLimit: 100_000n });
      const receipt = await sent.wait();
      assert.equal(receipt.type, fields.type);
      assert.equal(receipt.status, 1);
      assert.equal(receipt.hash, sent.hash);
      assert.equal(await failures.value(), BigInt(fields.type) + 70n);

      const found = await provider.getTransaction(sent.hash);
      assert.equal(found.type, fields.type);
      assert.equal(found.from, wallet.address);
      assert.equal(found.to, to);
      assert.equal(found.blockNumber, receipt.blockNumber);
      assert.equal(found.data, sent.data);
      if (accessList) assert.deepEqual(found.accessList.map((each) => each.address), [to]);
      // The node's fields and signature make up the same signed transaction again.
      assert.equal(Transaction.from(found).hash, sent.hash);
      assert.equal(Transaction.from(found).from, wallet.address);
    });
  }

  test("many at once, with nonces given", async () => {
    const nonce = await provider.getTransactionCount(wallet.address, "pending");
    const sent = await Promise.all(Array.from({ length: 12 }, (_, i) =>
      failures.notes(i, 1, "one of many", { nonce: nonce + i, gasLimit: 100_000n })));
    const receipts = await Promise.all(sent.map((each) => each.wait()));
    assert.ok(receipts.every((each) => each.status === 1));
    assert.equal(await provider.getTransactionCount(wallet.address), nonce + 12);
    // In the order of their nonces.
    const places = receipts.map((each) => each.blockNumber * 10_000 + each.index);
    assert.deepEqual(places, [...places].sort((a, b) => a - b));
  });

  test("a transaction sent twice is refused, or known already", async () => {
    const nonce = await provider.getTransactionCount(wallet.address, "pending");
    const { chainId } = await provider.getNetwork();
    const raw = await wallet.signTransaction({
      to: await failures.getAddress(), nonce, gasLimit: 100_000n, gasPrice: 2_000_000_000n, chainId, type: 0,
      data: failures.interface.encodeFunctionData("set", [1n]),
    });
    await (await provider.broadcastTransaction(raw)).wait();
    await assert.rejects(provider.broadcastTransaction(raw), (error) =>
      isError(error, "NONCE_EXPIRED") || /already known|already imported/.test(error.message));
  });

  test("estimated gas suffices", async () => {
    const estimate = await failures.set.estimateGas(99n);
    assert.ok(estimate > 21_000n && estimate < 100_000n, String(estimate));
    const receipt = await done(failures.set(99n, { gasLimit: estimate }));
    assert.equal(receipt.status, 1);
    assert.ok(receipt.gasUsed <= estimate);
    assert.equal(await provider.estimateGas({ from: wallet.address, to: other.address }), 21_000n);
  });

  test("fee data and history", async () => {
    const fees = await provider.getFeeData();
    assert.ok(fees.gasPrice >= 0n);
    assert.ok(fees.maxFeePerGas >= 0n);
    const history = await provider.send("eth_feeHistory", ["0x4", "latest", [25, 75]]);
    assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
    assert.equal(history.reward.length, history.gasUsedRatio.length);
    assert.equal(history.reward[0].length, 2);
  });
});

describe("reads", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  test("a call at a past block sees what was then", async () => {
    const first = await done(failures.set(11n));
    const second = await done(failures.set(22n));
    assert.ok(second.blockNumber > first.blockNumber);
    assert.equal(await failures.value({ blockTag: first.blockNumber }), 11n);
    assert.equal(await failures.value({ blockTag: second.blockNumber }), 22n);
    assert.equal(await failures.value({ blockTag: "latest" }), 22n);
    assert.equal(await failures.value({ blockTag: "pending" }), 22n);
    const place = await failures.getAddress();
    assert.equal(BigInt(await provider.getStorage(place, 0, first.blockNumber)), 11n);
    const before = (await provider.getTransaction(failures.deploymentTransaction().hash)).blockNumber - 1;
    assert.equal(await provider.getCode(place, before), "0x");
    assert.notEqual(await provider.getCode(place), "0x");
  });

  test("blocks, by number and by hash, form a chain", async () => {
    const receipt = await done(failures.set(33n));
    const byHash = await provider.getBlock(receipt.blockHash, true);
    const byNumber = await provider.getBlock(receipt.blockNumber);
    assert.equal(byHash.hash, byNumber.hash);
    assert.equal(byHash.number, receipt.blockNumber);
    assert.ok(byHash.prefetchedTransactions.some((each) => each.hash === receipt.hash));
    const parent = await provider.getBlock(byHash.number - 1);
    assert.equal(byHash.parentHash, parent.hash);
    assert.ok(byHash.timestamp >= parent.timestamp);
    assert.ok(byHash.gasUsed <= byHash.gasLimit);
    assert.equal(await provider.getBlock(byHash.number + 1_000_000), null);
    assert.equal((await provider.getBlock("earliest")).number, 0);
    assert.ok(await provider.getBlock("finalized"));
  });

  test("a receipt of what is not there is null", async () => {
    assert.equal(await provider.getTransactionReceipt(freshHash()), null);
    assert.equal(await provider.getTransaction(freshHash()), null);
  });

  test("calls sent together in a batch", async () => {
    const batching = new JsonRpcProvider(url, undefined, { batchStallTime: 20, batchMaxCount: 50 });
    try {
      const reader = failures.connect(batching);
      const [value, code, block, ...balances] = await Promise.all([
        reader.value(), batching.getCode(await failures.getAddress()), batching.getBlockNumber(),
        ...keys.map((key) => batching.getBalance(new Wallet(key).address)),
      ]);
      assert.equal(value, await failures.value());
      assert.ok(code.length > 2 && block > 0 && balances.every((each) => each >= 0n));
    } finally {
      batching.destroy();
    }
  });

  test("the network's identity", async () => {
    const { chainId } = await provider.getNetwork();
    assert.equal(String(chainId), await provider.send("net_version", []));
    assert.match(await provider.send("web3_clientVersion", []), /\S+\/\S+/);
    assert.equal(await provider.send("web3_sha3", ["0x68656c6c6f"]), keccak256(toUtf8Bytes("hello")));
    assert.equal(await provider.send("eth_syncing", []), false);
    assert.ok(Array.isArray(await provider.send("eth_accounts", [])));
  });
});

describe("failures", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  // [function, arguments, the decoded error's name, its arguments, what ethers says of a call]
  const called = [
    ["withRequire", [], "Error", ["the reason is this"], "the reason is this"],
    ["withCustomError", [7n], "Refused", [wallet.address, 7n, "too much"], null],
    ["withBareError", [], "Bare", [], null],
    ["withEmptyRevert", [], undefined, [], "require(false)"],
    ["withOverflow", [255], "Panic", [0x11n], "Panic due to OVERFLOW(17)"],
    ["withDivision", [0n], "Panic", [0x12n], "Panic due to DIVIDE_BY_ZERO(18)"],
    ["withAssert", [], "Panic", [1n], "Panic due to ASSERT_FALSE(1)"],
    ["withIndex", [4n], "Panic", [0x32n], "Panic due to ARRAY_RANGE_ERROR(50)"],
  ];
  for (const [name, args, error, values, reason] of called) {
    test(`${name}: told by a call and by an estimate`, async () => {
      for (const way of ["staticCall", "estimateGas"]) {
        const failed = await failure(failures, failures[name][way](...args));
        assert.equal(failed?.name, error);
        assert.deepEqual([...(failed?.args ?? [])], values);
      }
      if (reason) await assert.rejects(failures[name].staticCall(...args), { reason });
    });
  }

  for (const name of ["withRequire", "withBareError", "withInvalidOpcode", "withEndlessLoop"]) {
    test(`${name}: mined, with status 0, nothing changed, gas used`, async () => {
      const before = await failures.value();
      const sent = await failures[name]({ gasLimit: 200_000n });
      await assert.rejects(sent.wait(), (error) => isError(error, "CALL_EXCEPTION") && error.receipt.status === 0);
      const receipt = await provider.getTransactionReceipt(sent.hash);
      assert.deepEqual([...receipt.logs], []);
      if (name === "withEndlessLoop" || name === "withInvalidOpcode") assert.equal(receipt.gasUsed, 200_000n);
      assert.equal(await failures.value(), before);
    });
  }

  test("evidence twice: the error tells by whom", async () => {
    const evidence = await deploy("Evidence");
    const hash = freshHash();
    const receipt = await done(evidence.deposit(hash, "a note"));
    const entry = await evidence.find(hash);
    assert.deepEqual([entry.depositor, Number(entry.blockNumber)], [wallet.address, receipt.blockNumber]);
    assert.equal(Number(entry.time), (await provider.getBlock(receipt.blockNumber)).timestamp);
    const failed = await failure(evidence, evidence.connect(other).deposit(hash, ""));
    assert.deepEqual([failed.name, ...failed.args], ["AlreadyDeposited", hash, wallet.address, BigInt(receipt.blockNumber)]);
    assert.equal((await failure(evidence, evidence.find(freshHash()))).name, "NotDeposited");
  });
});

describe("events", () => {
  let failures;
  before(async () => { failures = await deploy("Failures"); });

  test("found by address, topics and range", async () => {
    const receipt = await done(failures.notes(100n, 5n, "found"));
    assert.deepEqual(receipt.logs.map((log) => log.args.number), [100n, 101n, 102n, 103n, 104n]);
    assert.deepEqual(receipt.logs.map((log) => log.index), receipt.logs.map((_, i) => receipt.logs[0].index + i));

    const from = receipt.blockNumber;
    const all = await failures.queryFilter("Note", from);
    assert.equal(all.length, 5);
    assert.equal(all[4].args.text, "found");
    const some = await failures.queryFilter(failures.filters.Note([101n, 104n]), from, from);
    assert.deepEqual(some.map((each) => each.args.number), [101n, 104n]);
    const byBlock = await provider.getLogs({ blockHash: receipt.blockHash, address: await failures.getAddress() });
    assert.equal(byBlock.length, 5);
    assert.equal((await provider.getLogs({ fromBlock: from, toBlock: from, topics: [id("Nobody()")] })).length, 0);
    assert.equal((await provider.getLogs({ fromBlock: from, toBlock: from, address: ZeroAddress })).length, 0);
  });

  test("a filter in the node: what is new since the last question", async () => {
    const filter = await provider.send("eth_newFilter", [{ address: await failures.getAddress() }]);
    const blocks = await provider.send("eth_newBlockFilter", []);
    const receipt = await done(failures.notes(200n, 2n, "new"));
    const found = await provider.send("eth_getFilterChanges", [filter]);
    assert.deepEqual(found.map((log) => BigInt(log.topics[1])), [200n, 201n]);
    assert.deepEqual(await provider.send("eth_getFilterChanges", [filter]), []);
    assert.equal((await provider.send("eth_getFilterLogs", [filter])).length, 2);
    assert.ok((await provider.send("eth_getFilterChanges", [blocks])).includes(receipt.blockHash));
    assert.equal(await provider.send("eth_uninstallFilter", [filter]), true);
    assert.equal(await provider.send("eth_uninstallFilter", [filter]), false);
    assert.equal(await provider.send("eth_uninstallFilter", [blocks]), true);
  });

  test("listened to, by polling", async () => {
    const heard = [];
    await failures.on("Note", (number, text) => heard.push([number, text]));
    await done(failures.notes(300n, 2n, "polled"));
    await waitFor("polled events", () => heard.length >= 2);
    await failures.off("Note");
    assert.deepEqual(heard, [[300n, "polled"], [301n, "polled"]]);
  });

  test("subscribed to by WebSocket: heads and logs", async () => {
    const socket = new WebSocketProvider(wsUrl);
    try {
      const heads = [];
      const heard = [];
      await socket.on("block", (number) => heads.push(number));
      const listener = new Contract(await failures.getAddress(), contract("Failures").abi, socket);
      await listener.on(listener.filters.Note(402n), (...args) => {
        const { args: [number, text], log } = args.at(-1);
        heard.push([number, text, log.transactionHash]);
      });
      await socket.getBlockNumber(); // the subscriptions stand before the transaction goes out
      const receipt = await done(failures.notes(400n, 4n, "pushed"));
      await waitFor("pushed event", () => heard.length);
      await waitFor("pushed head", () => heads.includes(receipt.blockNumber));
      assert.deepEqual(heard, [[402n, "pushed", receipt.hash]]);
      assert.equal(await within("a call", listener.value()), await failures.value());
    } finally {
      await socket.destroy();
    }
  });
});
