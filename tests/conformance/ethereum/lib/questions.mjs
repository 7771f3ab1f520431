// What the test of errors asks a node: [name, question]. A question is the params and method of a request, or the
// whole body (`body`), or goes by WebSocket (`socket`).
import { ContractFactory, Interface, JsonRpcProvider, Transaction, Wallet, concat, encodeRlp, keccak256 } from "ethers";
import { contract, keys, rpc, url } from "./setup.mjs";

const nobody = "0x" + "ab".repeat(20);
const unknownHash = "0x" + "cd".repeat(32);
const far = "0x7fffffff";

/** The chain's values that questions and answers are about: { name: text }. */
export async function lay() {
  const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 100, cacheTimeout: -1 });
  const wallet = new Wallet(keys[0], provider);
  const { abi, bytecode } = contract("Failures");
  const failures = await (await new ContractFactory(abi, bytecode, wallet).deploy()).waitForDeployment();
  const block = await provider.getBlock("latest");
  const laid = {
    sender: wallet.address,
    failures: await failures.getAddress(),
    chainId: String((await provider.getNetwork()).chainId),
    nonce: String(await provider.getTransactionCount(wallet.address, "pending")),
    gasLimit: String(block.gasLimit),
  };
  provider.destroy();
  return laid;
}

export async function questions(laid) {
  const { abi } = contract("Failures");
  const chainId = BigInt(laid.chainId);
  const nonce = Number(laid.nonce);
  const rich = new Wallet(keys[0]);
  const poor = new Wallet("0x" + "77".repeat(32));
  const calls = new Interface(abi);
  const call = (name, args = [], more = {}) =>
    ({ from: laid.sender, to: laid.failures, data: calls.encodeFunctionData(name, args), ...more });
  const usual = { chainId, nonce, to: nobody, gasLimit: 100_000n, gasPrice: 3_000_000_000n, type: 0 };
  const raw = async (fields, by = rich) =>
    ({ method: "eth_sendRawTransaction", params: [await by.signTransaction({ ...usual, ...fields })] });
  const sent = (hex) => ({ method: "eth_sendRawTransaction", params: [hex] });
  const good = await rich.signTransaction(usual);
  const dynamic = { type: 2, gasPrice: undefined, maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1n };
  const typed = await rich.signTransaction({ ...usual, ...dynamic });

  const unsigned = Transaction.from({ ...usual, chainId: 0n });
  const unprotected = unsigned.clone();
  unprotected.signature = rich.signingKey.sign(unsigned.unsignedHash);
  const zeroSignature = encodeRlp(["0x01", "0x03", "0x0186a0", nobody, "0x", "0x", hexNumber(chainId * 2n + 35n), "0x", "0x"]);
  const { signature } = Transaction.from(good);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const otherV = signature.yParity === 0 ? 36n : 35n;
  const highS = encodeRlp([hexNumber(BigInt(nonce)), hexNumber(usual.gasPrice), "0x0186a0", nobody, "0x", "0x",
    hexNumber(chainId * 2n + otherV), hexNumber(BigInt(signature.r)), hexNumber(order - BigInt(signature.s))]);
  // ethers does not sign this one.
  const tipAboveFee = [hexNumber(chainId), hexNumber(BigInt(nonce)), "0x02", "0x01", "0x0186a0", nobody, "0x", "0x", []];
  const signed = rich.signingKey.sign(keccak256(concat(["0x02", encodeRlp(tipAboveFee)])));
  const tipSignature = [hexNumber(BigInt(signed.yParity)), hexNumber(BigInt(signed.r)), hexNumber(BigInt(signed.s))];

  return [
    // The request itself.
    ["malformed JSON", { body: '{"jsonrpc":"2.0","id":1,' }],
    ["no JSON at all", { body: "hello" }],
    ["an empty body", { body: "" }],
    ["a number", { body: "1" }],
    ["an empty batch", { body: "[]" }],
    ["a batch of what is no request", { body: '[1,{"jsonrpc":"2.0","id":5,"method":"eth_chainId"}]' }],
    ["a batch too long", { body: JSON.stringify(Array.from({ length: 1001 }, (_, id) => ({ jsonrpc: "2.0", id, method: "eth_chainId" }))) }],
    ["no method", { body: '{"jsonrpc":"2.0","id":1}' }],
    ["no version", { body: '{"id":1,"method":"eth_chainId","params":[]}' }],
    ["version 1.0", { body: '{"jsonrpc":"1.0","id":1,"method":"eth_chainId","params":[]}' }],
    ["an object as id", { body: '{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}' }],
    ["a text as id", { body: '{"jsonrpc":"2.0","id":"seven","method":"eth_nope"}' }],
    ["a notification", { body: '{"jsonrpc":"2.0","method":"eth_chainId"}' }],
    ["params by name", { body: '{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":{"address":"0x00"}}' }],
    ["a body too long", { body: `{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x${"00".repeat(3 << 20)}"]}` }],
    ["another content type", { body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}', type: "text/plain" }],
    ["method PUT", { body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}', verb: "PUT" }],

    // Methods and their arguments.
    ["an unknown method", { method: "eth_nope", params: [] }],
    ["an unknown namespace", { method: "nope_nope", params: [] }],
    ["a method without namespace", { method: "nope", params: [] }],
    ["an argument missing", { method: "eth_getBalance", params: [] }],
    ["an argument too many", { method: "eth_chainId", params: [1] }],
    ["null for a needed argument", { method: "eth_getBalance", params: [null, "latest"] }],
    ["an address too short", { method: "eth_getBalance", params: ["0x1234", "latest"] }],
    ["an address without 0x", { method: "eth_getBalance", params: ["ab".repeat(20), "latest"] }],
    ["an address that is a number", { method: "eth_getBalance", params: [12, "latest"] }],
    ["an unknown block tag", { method: "eth_getBalance", params: [nobody, "newest"] }],
    ["a block number with leading zeros", { method: "eth_getBalance", params: [nobody, "0x01"] }],
    ["a block number beyond 63 bits", { method: "eth_getBlockByNumber", params: ["0xffffffffffffffff", false] }],
    ["a hash too short", { method: "eth_getTransactionByHash", params: ["0x12"] }],
    ["a flag that is a text", { method: "eth_getBlockByNumber", params: ["latest", "yes"] }],
    ["an odd number of hex digits", { method: "eth_call", params: [{ to: nobody, data: "0x123" }, "latest"] }],
    ["gas price and fee per gas", { method: "eth_call", params: [{ to: nobody, gasPrice: "0x1", maxFeePerGas: "0x1" }, "latest"] }],

    // Blocks that are not there.
    ["a block that is not there yet", { method: "eth_getBlockByNumber", params: [far, false] }],
    ["a block of an unknown hash", { method: "eth_getBlockByHash", params: [unknownHash, true] }],
    ["an unknown transaction", { method: "eth_getTransactionByHash", params: [unknownHash] }],
    ["the receipt of an unknown transaction", { method: "eth_getTransactionReceipt", params: [unknownHash] }],
    ["the receipts of an unknown block", { method: "eth_getBlockReceipts", params: [far] }],
    ["a balance at a block that is not there", { method: "eth_getBalance", params: [nobody, far] }],
    ["a balance at an unknown hash", { method: "eth_getBalance", params: [nobody, { blockHash: unknownHash }] }],
    ["a call at a block that is not there", { method: "eth_call", params: [call("value"), far] }],
    ["a call at an unknown hash", { method: "eth_call", params: [call("value"), { blockHash: unknownHash }] }],
    ["an estimate at a block that is not there", { method: "eth_estimateGas", params: [call("set", [1]), far] }],
    ["a nonce at a block that is not there", { method: "eth_getTransactionCount", params: [nobody, far] }],
    ["the number of transactions of an unknown block", { method: "eth_getBlockTransactionCountByNumber", params: [far] }],
    ["a fee history that ends beyond the head", { method: "eth_feeHistory", params: ["0x1", far, []] }],
    ["a fee history with percentiles out of order", { method: "eth_feeHistory", params: ["0x1", "latest", [60, 40]] }],
    ["a fee history with a percentile above 100", { method: "eth_feeHistory", params: ["0x1", "latest", [101]] }],

    // Execution.
    ["a call that reverts with a reason", { method: "eth_call", params: [call("withRequire"), "latest"] }],
    ["a call that reverts with a custom error", { method: "eth_call", params: [call("withCustomError", [9]), "latest"] }],
    ["a call that reverts with a bare error", { method: "eth_call", params: [call("withBareError"), "latest"] }],
    ["a call that reverts with nothing", { method: "eth_call", params: [call("withEmptyRevert"), "latest"] }],
    ["a call that overflows", { method: "eth_call", params: [call("withOverflow", [255]), "latest"] }],
    ["a call that divides by zero", { method: "eth_call", params: [call("withDivision", [0]), "latest"] }],
    ["a call with a failed assertion", { method: "eth_call", params: [call("withAssert"), "latest"] }],
    ["a call beyond an array", { method: "eth_call", params: [call("withIndex", [3]), "latest"] }],
    ["a call of an invalid instruction", { method: "eth_call", params: [call("withInvalidOpcode"), "latest"] }],
    ["a call that runs out of gas", { method: "eth_call", params: [call("withIdleLoop", [], { gas: "0x186a0" }), "latest"] }],
    ["a call with less gas than it costs to begin", { method: "eth_call", params: [call("value", [], { gas: "0x5000" }), "latest"] }],
    ["a call of more value than there is", { method: "eth_call", params: [{ from: poor.address, to: nobody, value: "0x1" }, "latest"] }],
    ["an estimate that reverts with a reason", { method: "eth_estimateGas", params: [call("withRequire")] }],
    ["an estimate that reverts with a custom error", { method: "eth_estimateGas", params: [call("withCustomError", [9])] }],
    ["an estimate that never ends", { method: "eth_estimateGas", params: [call("withEndlessLoop")] }],
    ["an estimate within too little gas", { method: "eth_estimateGas", params: [call("set", [77], { gas: "0x7530" })] }],
    ["an estimate of more value than there is", { method: "eth_estimateGas", params: [{ from: poor.address, to: nobody, value: "0x1" }] }],
    ["a contract made of too much code", { method: "eth_estimateGas", params: [{ from: laid.sender, data: "0x" + "00".repeat(49153) }] }],

    // Logs and filters.
    ["logs of an unknown block", { method: "eth_getLogs", params: [{ blockHash: unknownHash }] }],
    ["logs by hash and range", { method: "eth_getLogs", params: [{ blockHash: unknownHash, fromBlock: "0x1" }] }],
    ["logs of a range backwards", { method: "eth_getLogs", params: [{ fromBlock: "0x2", toBlock: "0x1" }] }],
    ["logs of a range beyond the head", { method: "eth_getLogs", params: [{ fromBlock: far, toBlock: far }] }],
    ["logs with five topics", { method: "eth_getLogs", params: [{ topics: [null, null, null, null, null] }] }],
    ["logs with a topic too short", { method: "eth_getLogs", params: [{ topics: ["0x12"] }] }],
    ["logs with an address too short", { method: "eth_getLogs", params: [{ address: "0x12" }] }],
    ["changes of an unknown filter", { method: "eth_getFilterChanges", params: ["0xdeadbeef"] }],
    ["logs of an unknown filter", { method: "eth_getFilterLogs", params: ["0xdeadbeef"] }],
    ["an unknown filter taken away", { method: "eth_uninstallFilter", params: ["0xdeadbeef"] }],

    // Signed transactions.
    ["a transaction of no bytes", sent("0x")],
    ["a transaction that is no hex", sent("0xzz")],
    ["a transaction that is a list of nothing", sent("0xc0")],
    ["a transaction of one byte", sent("0x02")],
    ["a transaction of an unknown type", sent("0x7f" + typed.slice(4))],
    ["a transaction cut off", sent(good.slice(0, -2))],
    ["a transaction with a byte behind it", sent(concat([good, "0x00"]))],
    ["a typed transaction cut off", sent(typed.slice(0, -2))],
    ["another chain's transaction, legacy", await raw({ chainId: chainId + 1n })],
    ["another chain's transaction, EIP-1559", await raw({ ...dynamic, chainId: chainId + 1n })],
    ["a transaction for no chain", sent(unprotected.serialized)],
    ["a signature of zeros", sent(zeroSignature)],
    ["a signature with a high s", sent(highS)],
    ["a nonce used before", await raw({ nonce: 0 })],
    ["more value than there is", await raw({ nonce: 0, value: 5_000_000n }, poor)],
    ["less gas than it costs to begin", await raw({ gasLimit: 20_000n })],
    ["less gas than its data cost", await raw({ gasLimit: 22_000n, data: "0x" + "ff".repeat(1000) })],
    ["more gas than a block has", await raw({ gasLimit: BigInt(laid.gasLimit) * 2n })],
    ["a tip above the fee", sent(concat(["0x02", encodeRlp([...tipAboveFee, ...tipSignature])]))],
    ["a contract from too much code", await raw({ to: null, gasLimit: 5_000_000n, data: "0x" + "00".repeat(49153) })],
    ["a transaction too long", await raw({ gasLimit: 8_000_000n, data: "0x" + "00".repeat(140_000) })],

    // By WebSocket.
    ["a subscription without a socket", { method: "eth_subscribe", params: ["newHeads"] }],
    ["an unknown subscription", { socket: true, method: "eth_subscribe", params: ["nope"] }],
    ["a subscription of nothing", { socket: true, method: "eth_subscribe", params: [] }],
    ["an unknown subscription ended", { socket: true, method: "eth_unsubscribe", params: ["0x1234"] }],
    ["malformed JSON by WebSocket", { socket: true, body: '{"jsonrpc":"2.0","id":1,' }],
    ["an unknown method by WebSocket", { socket: true, method: "eth_nope", params: [] }],
  ];
}

function hexNumber(value) {
  if (value === 0n) return "0x";
  const digits = value.toString(16);
  return "0x" + (digits.length % 2 ? "0" : "") + digits;
}
