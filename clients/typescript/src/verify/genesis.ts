// The genesis file (docs/formats.md, section 2): the one thing that a verifier has from a source that it trusts.

import { ascending, compare, concat, fromHex, toHex, utf8 } from "../bytes/bytes.js";
import { text, u16 } from "../bytes/reader.js";
import { require, within } from "../bytes/refused.js";
import { sha256 } from "../crypto/hashes.js";
import { type Suite, SUITES, suiteNamed } from "../crypto/suites.js";
import { elements, expectFormat, integer, type Json, members, Members, readCanonical, string } from "../formats/canonical.js";
import { type EpochRecord, readEpochRecord } from "../formats/epoch.js";
import { systemChannel } from "../formats/names.js";

const MAX_BYTES = 16 << 20;
const MAX_NODES = 1000;
const MAX_CREATED = 2n ** 64n - 1n;

export interface GenesisOperator {
  readonly name: string;
  readonly suite: Suite;
  readonly key: Uint8Array;
}

export interface GenesisNode {
  readonly id: Uint8Array;
  readonly name: string;
  readonly city: string;
  readonly operator: string;
  /** In the order of the suites' numbers. */
  readonly keys: readonly Uint8Array[];
  /** Ed25519 key of a validator of ordering by CometBFT. */
  readonly validator: Uint8Array | undefined;
  readonly certificate: string;
}

export interface Genesis {
  /** SHA-256 of the file: the network id. */
  readonly network: Uint8Array;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: bigint;
  readonly ordering: "embedded" | "cometbft";
  readonly approvals: number;
  readonly operators: readonly GenesisOperator[];
  readonly nodes: readonly GenesisNode[];
  readonly authority: string;
  /** Epoch 0 of the system channel. */
  readonly epoch: EpochRecord;
}

function name(json: Json): string {
  const value = string(json);
  const size = utf8(value).length;
  require(size >= 1 && size <= 256, `a name of ${size} bytes, 1 to 256 are allowed`);
  require(!/[\x00-\x1f\x7f]/.test(value), "a name with control characters");
  return value;
}

function key(suite: Suite, json: Json): Uint8Array {
  const bytes = fromHex(string(json), 33);
  require(suite.isKey(bytes), `a key that is no point of ${suite.name}`);
  return bytes;
}

function distinct(values: readonly (string | undefined)[], what: string): void {
  const there = values.filter((value) => value !== undefined);
  require(new Set(there).size === there.length, `two ${what} are the same`);
}

function readOperator(json: Json): GenesisOperator {
  const [called, suite, bytes] = members(json, "name", "suite", "key");
  const found = suiteNamed(string(suite));
  return { name: name(called), suite: found, key: key(found, bytes) };
}

function readNode(json: Json): GenesisNode {
  const validates = json instanceof Members && json.find("validator") !== undefined;
  const [called, city, operator, ...rest] = members(
    json, "name", "city", "operator", ...SUITES.map((suite) => suite.name), ...(validates ? ["validator"] : []),
    "certificate");
  const keys = SUITES.map((suite, at) => key(suite, rest[at]!));
  return {
    id: sha256(keys[0]!), name: name(called!), city: name(city!), operator: name(operator!), keys,
    validator: validates ? fromHex(string(rest[SUITES.length]!), 32) : undefined,
    certificate: string(rest.at(-1)!),
  };
}

/** The record that the file stands for. It is written and read like any other, so that it obeys the same rules. */
function firstEpoch(network: Uint8Array, nodes: readonly GenesisNode[]): EpochRecord {
  const peers = nodes.map((node) => concat(node.id, text(node.name), text(node.operator), node.keys[0]!));
  return readEpochRecord(concat(
    Uint8Array.of(0x4b, 1), systemChannel(network), new Uint8Array(16), Uint8Array.of(1, 1), u16(nodes.length), ...peers,
    u16(0)));
}

/** Reads a genesis file; refuses every other spelling of it. */
export function readGenesis(bytes: Uint8Array): Genesis {
  return within("genesis", () => {
    const json = readCanonical(bytes, MAX_BYTES);
    expectFormat(json, "bsn-genesis");
    const [, , called, created, order, approvals, operatorList, nodeList, authority] = members(
      json, "format", "version", "name", "created", "ordering", "approvals", "operators", "nodes", "authority");
    const [type, orderer] = members(order, "type", "id");
    require(type === "embedded" || type === "cometbft", "the type of ordering is unknown");
    fromHex(string(orderer), 16);

    const operators = elements(operatorList).map(readOperator);
    require(operators.length > 0, "no operators");
    distinct(operators.map((one) => one.name), "names of operators");
    distinct(operators.map((one) => `${one.suite.name} ${toHex(one.key)}`), "keys of operators");

    const nodes = elements(nodeList).map(readNode);
    require(nodes.length >= 1 && nodes.length <= MAX_NODES, `${nodes.length} nodes, 1 to ${MAX_NODES} are allowed`);
    require(ascending(nodes, (left, right) => compare(left.id, right.id)), "nodes do not ascend by node id");
    distinct(nodes.map((one) => one.name), "names of nodes");
    SUITES.forEach((suite, at) => distinct(nodes.map((one) => toHex(one.keys[at]!)), `${suite.name} keys of nodes`));
    distinct(nodes.map((one) => one.validator && toHex(one.validator)), "validator keys");
    require(nodes.some((one) => one.validator) === (type === "cometbft"),
      "nodes are validators if and only if ordering is by cometbft");

    const network = sha256(bytes);
    return {
      network, name: name(called), created: integer(created, 0n, MAX_CREATED), ordering: type,
      approvals: Number(integer(approvals, 1n, BigInt(operators.length))), operators, nodes,
      authority: string(authority), epoch: firstEpoch(network, nodes),
    };
  });
}
