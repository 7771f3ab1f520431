// Receipt bundles: the golden ones, and what is made of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromUtf8, utf8 } from "../src/bytes/bytes.js";
import { readBundle, readGenesis, trustOf, verify } from "../src/verify/index.js";
import { codeOf } from "./refusals.js";
import { binaries, bundleVectors, load, loadJson, outcome, trustFor } from "./vectors.js";

const vectors = bundleVectors();
const binary = binaries(vectors);

for (const vector of vectors) {
  const forms = { binary: binary.get(vector.name), JSON: vector.file === undefined ? undefined : load(vector.file) };
  for (const [form, bytes] of Object.entries(forms)) {
    if (!bytes) continue;
    test(`${vector.name}, in ${form}: ${vector.outcome}`, () => {
      if (vector.outcome === "unreadable") {
        assert.notEqual(codeOf(() => readBundle(bytes)), "ok");
        return;
      }
      const verdict = verify(bytes, trustFor(vector));
      assert.equal(outcome(verdict), vector.outcome, verdict.failure);
      assert.equal(verdict.steps.at(-1)!.number, vector.step, verdict.failure);
      assert.equal(verdict.failure === "", verdict.success);
      if (vector.trust_class !== undefined) assert.equal(verdict.trustClass, vector.trust_class);
    });
  }
  if (forms.binary && forms.JSON && vector.outcome !== "unreadable") {
    test(`${vector.name}: both forms say the same`, () => {
      assert.deepEqual(readBundle(forms.JSON!), readBundle(forms.binary!));
    });
  }
}

test("genesis files are read, and give the network's id", () => {
  for (const name of ["genesis-1.json", "genesis-3.json", "genesis-4.json"]) {
    assert.equal(codeOf(() => readGenesis(load(name))), "ok", name);
  }
});

interface RefusedGenesis { name: string; of: string; replace: string; by: string; code: string }

for (const { name, of, replace, by, code } of loadJson<RefusedGenesis[]>("refused-genesis.json")) {
  test(`genesis refused: ${name}`, () => {
    const changed = fromUtf8(load(of)).replace(replace, () => by);
    assert.equal(codeOf(() => readGenesis(utf8(changed))), code);
  });
}

const spelled = fromUtf8(load("bundles/system-transaction.receipt.json"));
const SPELLINGS: [string, string, string][] = [
  ['"version": 1', '"version": 2', "unsupported_version"],
  ['"version": 1', '"version": 1.0', "invalid_argument"],
  ["bsn-receipt", "bsn-genesis", "invalid_argument"],
  ["bsn-receipt", "bsn\\u002dreceipt", "invalid_argument"],
  ["bsn-receipt", "bsn-receipt\\ud800", "invalid_argument"],
  ['"index": 1', '"index": "1"', "invalid_argument"],
  ['"index": 1', '"index": -1', "invalid_argument"],
  ['"index": 1', '"index": -0', "invalid_argument"],
  ['"index": 1', '"index": 01', "invalid_argument"],
  ['"index": 1', '"index": 4294967297', "invalid_argument"],
  ['"index": 1', '"index":  1', "invalid_argument"],
  ['"index": 1', '"index": 1, "index": 1', "invalid_argument"],
  ['"secp256r1"', '"rsa"', "invalid_argument"],
  ['"creation": null', '"creation": []', "invalid_argument"],
  ['"handovers": []', '"handovers": {}', "invalid_argument"],
  ['"handovers": []', '"handovers": [\n  ]', "invalid_argument"],
  ['"header": "48', '"header": "4', "invalid_argument"],
  ['"header": "4801', '"header": "48 01', "invalid_argument"],
  ["{\n", "\ufeff{\n", "invalid_argument"],
  ["}\n", "}\n\n", "invalid_argument"],
  ["{\n", "{\r\n", "invalid_argument"],
];

for (const [replace, by, code] of SPELLINGS) {
  test(`bundle refused: ${JSON.stringify(by)}`, () => {
    const changed = spelled.endsWith(replace) && replace === "}\n" ? `${spelled}\n` : spelled.replace(replace, () => by);
    assert.notEqual(changed, spelled);
    assert.equal(codeOf(() => readBundle(utf8(changed))), code);
  });
}

test("a checkpoint must be of the genesis file's system channel", () => {
  const [one, three] = [readGenesis(load("genesis-1.json")), readGenesis(load("genesis-3.json"))];
  assert.equal(codeOf(() => trustOf(one, three.epoch.bytes)), "wrong_network");
  assert.equal(codeOf(() => trustOf(three, three.epoch.bytes)), "ok");
  const other = three.epoch.bytes.slice();
  other[other.length - 3]! ^= 1;  // a key's last byte: another record of epoch 0
  assert.equal(codeOf(() => trustOf(three, other)), "invalid_argument");
});

test("what is older than the checkpoint needs an older one, and says so", () => {
  const vector = vectors.find(({ name }) => name === "checkpoint, the app is older")!;
  assert.match(verify(binary.get(vector.name)!, trustFor(vector)).failure, /verify with an older checkpoint or the genesis/);
});

test("a receipt of another network is not authentic", () => {
  const verdict = verify(binary.get("app secp256r1")!, trustOf(load("genesis-4.json")));
  assert.equal(verdict.authentic, false);
  assert.equal(verdict.steps.at(-1)!.number, 1);
});
