// Two verifiers, one verdict: this one, and the C++ one behind `bsn_verdicts` (tests/verdicts). BSN_VERDICTS names
// that program, BSN_RECEIPTS a folder with a genesis.json and receipts of a network; BSN_FORGERIES says how many random
// forgeries are made, BSN_SEED replays them. Run by tests/e2e/typescript_client_test.py; skipped without the program.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { concat, fromHex, fromUtf8, toHex, utf8 } from "../src/bytes/bytes.js";
import { blob } from "../src/bytes/reader.js";
import { Refused } from "../src/bytes/refused.js";
import { readTransaction } from "../src/formats/transaction.js";
import { readGenesis, type Trust, trustOf, verify } from "../src/verify/index.js";
import { Dice } from "./dice.js";
import { codeOf } from "./refusals.js";
import { binaries, bundleVectors, load, loadJson, VECTORS } from "./vectors.js";
import { World } from "./world.js";

const program = process.env["BSN_VERDICTS"];
const receipts = process.env["BSN_RECEIPTS"];
const forgeries = Number(process.env["BSN_FORGERIES"] ?? 2000);
const seed = Number(process.env["BSN_SEED"] ?? Date.now() % 2 ** 32);

const files = ["genesis-1.json", "genesis-3.json", "genesis-4.json"].map((name) => join(VECTORS, name));
if (receipts !== undefined) files.push(join(receipts, "genesis.json"));
const trusts: readonly Trust[] = files.map((name) => trustOf(new Uint8Array(readFileSync(name))));

/** A byte string and how it is to be read: as `bsn_verdicts` expects it. */
type Case = Uint8Array;
const GENESIS = Uint8Array.of(0x47);
const TRANSACTION = Uint8Array.of(0x54);
const bundle = (bytes: Uint8Array, genesis: number): Case => concat(Uint8Array.of(genesis), bytes);

/** Our verdict, in the words of `bsn_verdicts`. What is no Refused is a bug, and ends the test. */
function ours(one: Case, trusted: readonly Trust[]): string {
  const bytes = one.subarray(1);
  try {
    if (one[0] === GENESIS[0]) return `genesis ${toHex(readGenesis(bytes).network)}`;
    if (one[0] === TRANSACTION[0]) {
      const { id, signer } = readTransaction(bytes);
      return `transaction ${toHex(id)} ${toHex(signer)}`;
    }
    const { success, authentic, steps, trustClass } = verify(bytes, trusted[one[0]!]!);
    return `${steps.at(-1)!.number} ${success ? "success" : authentic ? "authentic" : "refused"} ${trustClass ?? ""}`;
  } catch (problem) {
    if (problem instanceof Refused) return "unreadable";
    throw problem;
  }
}

/** The other one's verdicts, of those genesis files. */
async function theirs(cases: readonly Case[], trusted: readonly string[]): Promise<string[]> {
  const child = spawn(program!, trusted, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  child.stdin.end(concat(...cases.map(blob)));
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  assert.equal(await ended, 0);
  return said.split("\n").slice(0, -1);
}

/** Compares all; answers how many of each kind of verdict there were. */
async function agree(cases: readonly Case[], trusted = trusts, names: readonly string[] = files): Promise<Map<string, number>> {
  const expected = await theirs(cases, names);
  assert.equal(expected.length, cases.length);
  const kinds = new Map<string, number>();
  cases.forEach((one, at) => {
    const found = ours(one, trusted);
    assert.equal(found, expected[at], `seed ${seed}, case ${at}: ${toHex(one.slice(0, 4000))}`);
    const kind = /^\d/.test(found) ? found.split(" ").slice(0, 2).join(" ") : found.split(" ")[0]!;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  });
  return kinds;
}

const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array => {
  const other = bytes.slice();
  other[at]! ^= 1 << bit;
  return other;
};

const golden = bundleVectors();
const binary = binaries(golden);
const genesisOf = (name: string): number => files.findIndex((file) => file.endsWith(name));

/** Bundles of a network, if there are any, and the golden ones: each in the forms that there are. */
const genuine: Case[] = golden.flatMap(({ name, genesis, file }) => [
  ...(binary.has(name) ? [binary.get(name)!] : []), ...(file === undefined ? [] : [load(file)]),
].map((bytes) => bundle(bytes, genesisOf(genesis))));
const real: Case[] = receipts === undefined ? [] : readdirSync(receipts)
  .filter((name) => name.endsWith(".receipt.json"))
  .map((name) => bundle(new Uint8Array(readFileSync(join(receipts, name))), trusts.length - 1));

const options = { skip: program === undefined && "BSN_VERDICTS names no program" };

test("golden bundles, with each genesis file", options, async () => {
  await agree(genuine.flatMap((one) => trusts.map((_, at) => bundle(one.subarray(1), at))));
});

test("receipts of a network", { skip: options.skip || (real.length === 0 && "BSN_RECEIPTS names no receipts") }, async () => {
  const kinds = await agree(real);
  assert.ok((kinds.get("8 success") ?? 0) >= 3, "receipts of several apps are successes");
});

for (const name of ["app secp256r1", "app secp256k1", "app sm2"]) {
  test(`${name}: each byte of the binary form flipped`, options, async () => {
    const dice = new Dice(seed);
    const bytes = binary.get(name)!;
    const cases = Array.from(bytes, (_, at) => bundle(flipped(bytes, at, dice.below(8)), 1));
    const kinds = await agree(cases);
    assert.equal(kinds.get("8 success"), undefined, "no flipped bundle is a success");
  });
}

test("random forgeries in both forms: bits, spans, parts of others", options, async () => {
  const dice = new Dice(seed + 1);
  const all = [...genuine, ...real];
  const forge = (): Case => {
    const one = dice.of(all);
    let bytes = one.subarray(1);
    for (let edits = 1 + dice.below(3); edits > 0; --edits) {
      const [at, other] = [dice.below(bytes.length), dice.of(all).subarray(1)];
      const from = dice.below(other.length);
      const span = 1 + dice.below(dice.of([1, 4, 33, 64, 200]));
      switch (dice.below(6)) {
        case 0: bytes = flipped(bytes, at, dice.below(8)); break;
        case 1: bytes = concat(bytes.subarray(0, at), bytes.subarray(at + span)); break;
        case 2: bytes = concat(bytes.subarray(0, at), other.subarray(from, from + span), bytes.subarray(at)); break;
        case 3: bytes = concat(bytes.subarray(0, at), other.subarray(from, from + span), bytes.subarray(at + span)); break;
        case 4: bytes = concat(bytes, other.subarray(from, from + span)); break;
        default: bytes = digit(bytes, dice); break;
      }
    }
    return bundle(bytes, one[0]!);
  };
  await agree(Array.from({ length: forgeries }, forge));
});

/** Another hexadecimal digit in the place of one: so JSON stays canonical, and contents must be checked. */
function digit(bytes: Uint8Array, dice: Dice): Uint8Array {
  if (bytes[0] === 0x56) return flipped(bytes, dice.below(bytes.length), dice.below(8));
  const places = Array.from(bytes.keys()).filter((at) => /[0-9a-f]/.test(String.fromCharCode(bytes[at]!)));
  const other = bytes.slice();
  other[dice.of(places)] = "0123456789abcdef".charCodeAt(dice.below(16));
  return other;
}

test("bundles of networks whose keys are known: what is wrong is signed", options, async (t) => {
  const dice = new Dice(seed + 4);
  const folder = mkdtempSync(join(tmpdir(), "bsn-worlds-"));
  const [names, trusted, cases]: [string[], Trust[], Case[]] = [[], [], []];
  try {
    for (const nodes of [1, 2, 3, 4]) {
      const world = new World(dice, nodes, 60);
      const file = join(folder, `${nodes}.json`);
      writeFileSync(file, world.genesis);
      const pin = (checkpoint?: Uint8Array): number => {
        names.push(checkpoint ? `${file}:${toHex(checkpoint)}` : file);
        return trusted.push(trustOf(world.genesis, checkpoint)) - 1;
      };
      const genesis = pin();
      for (let made = 0; made < forgeries / 10; ++made) {
        const { bytes, checkpoint } = world.bundle();
        cases.push(bundle(bytes, genesis));
        // As many as an index has room for. Not all records are of the system channel: both refuse those alike.
        const pinned = made % 4 === 0 && trusted.length < 60 && codeOf(() => trustOf(world.genesis, checkpoint)) === "ok";
        if (pinned) cases.push(bundle(bytes, pin(checkpoint)));
      }
    }
    const kinds = await agree(cases, trusted, names);
    const found = [...kinds].sort().map(([kind, count]) => `${kind}: ${count}`).join(", ");
    t.diagnostic(found);
    for (const step of [1, 2, 3, 4, 5, 6, 7]) assert.ok(kinds.has(`${step} refused`), `none fails at step ${step}: ${found}`);
    assert.ok(kinds.get("8 success")! > cases.length / 10 && kinds.has("8 authentic"), found);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("transactions of all dialects, forged", options, async () => {
  const dice = new Dice(seed + 2);
  const raw = [
    ...loadJson<{ format: string; bytes: string }[]>("formats.json")
      .filter(({ format }) => format === "transaction").map(({ bytes }) => fromHex(bytes)),
    ...[1, 2].flatMap((dialect) => loadJson<{ transactions: { raw: string }[] }>(
      `foreign/${["ethereum", "fisco"][dialect - 1]}-transactions.json`).transactions
      .map(({ raw: body }) => concat(Uint8Array.of(0x54, 1, 0, dialect), fromHex(body)))),
  ];
  const forged = Array.from({ length: forgeries }, () => {
    let bytes = dice.of(raw);
    for (let edits = 1 + dice.below(2); edits > 0; --edits) {
      const at = dice.below(3) === 0 ? dice.below(Math.min(16, bytes.length)) : dice.below(bytes.length);
      bytes = dice.below(4) === 0 ? concat(bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(3)))
        : flipped(bytes, at, dice.below(8));
      if (bytes.length === 0) return dice.of(raw);
    }
    return bytes;
  });
  const kinds = await agree([...raw, ...forged].map((bytes) => concat(TRANSACTION, bytes)));
  assert.ok(kinds.get("transaction")! > raw.length, "some of what is flipped has another signer");
});

test("genesis files, forged", options, async () => {
  const dice = new Dice(seed + 3);
  const texts = files.map((name) => new Uint8Array(readFileSync(name)));
  const spelled = loadJson<{ of: string; replace: string; by: string }[]>("refused-genesis.json")
    .map(({ of, replace, by }) => utf8(fromUtf8(load(of)).replace(replace, () => by)));
  const forged = Array.from({ length: forgeries }, () => {
    const text = dice.of(texts);
    return dice.below(2) === 0 ? flipped(text, dice.below(text.length), dice.below(8)) : digit(text, dice);
  });
  const kinds = await agree([...texts, ...spelled, ...forged].map((bytes) => concat(GENESIS, bytes)));
  assert.ok(kinds.get("genesis")! >= texts.length);
});
