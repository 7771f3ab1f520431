// The page, as it is built: its script runs with what a browser has, in the document of its own HTML.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { test } from "node:test";

import { parseHTML } from "linkedom";

import { binaries, bundleVectors, load } from "./vectors.js";

const html = readFileSync(new URL("../verify.html", import.meta.url), "utf8");
const vectors = bundleVectors();
const fileOf = (name: string, bytes: Uint8Array): File => new File([new Uint8Array(bytes)], name);
const genesis = fileOf("genesis.json", load("genesis-3.json"));
const good = fileOf("good.receipt.json", load("bundles/app-secp256r1.receipt.json"));

/** The page, opened. It has neither fetch nor anything of Node. */
function open(): { drop(id: string, ...files: File[]): void; text(id: string): string; find(selector: string): Element[] } {
  const { document, Event } = parseHTML(html) as unknown as { document: Document; Event: typeof globalThis.Event };
  const context = createContext({
    document, File, TextDecoder, TextEncoder, Uint8Array, ArrayBuffer, DataView, crypto, console, btoa, atob,
  });
  runInContext(document.querySelector("script")!.textContent!, context);
  return {
    drop(id, ...files) {
      const event = new Event("drop", { cancelable: true, bubbles: true });
      Object.assign(event, { dataTransfer: { files } });
      document.getElementById(id)!.dispatchEvent(event);
    },
    text: (id) => document.getElementById(id)!.textContent!,
    find: (selector) => [...document.querySelectorAll(selector)],
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); ++tries) {
    assert.ok(tries < 200, "within two seconds");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a receipt and its genesis: each step, and who vouches", async () => {
  const page = open();
  page.drop("receipts", good);
  page.drop("genesis", genesis);
  await until(() => page.find("article.success").length === 1);
  assert.equal(page.find("article li").filter((step) => step.textContent!.startsWith("✓")).length, 8);
  assert.match(page.text("verdicts"), /crash-fault quorum 2 of 3, embedded ordering/);
  assert.match(page.text("network"), /^Network [0-9a-f]{64}/);
});

test("forgeries, refusals, other files", async () => {
  const page = open();
  const forged = binaries(vectors).get("flipped bit in receipt")!;
  page.drop("genesis", genesis);
  page.drop("receipts", fileOf("forged", forged), fileOf("refused", load("bundles/refused-execution.receipt.json")),
    fileOf("<b>x</b>", new Uint8Array(3)));
  await until(() => page.find("article").length === 3);
  const [first, second, third] = page.find("article");
  assert.match(first!.textContent!, /forged: not authentic.*✗/s);
  assert.equal(second!.className, "authentic");
  assert.match(third!.textContent!, /<b>x<\/b>: not a receipt/);
  assert.equal(page.find("b").filter((one) => one.textContent === "x").length, 0, "names are text");
});

test("a document that is not what was deposited", async () => {
  const page = open();
  page.drop("genesis", genesis);
  page.drop("receipts", good);
  page.drop("document", fileOf("other.pdf", new Uint8Array(9)));
  await until(() => /authentic, but not of other\.pdf/.test(page.text("verdicts")));
});

test("a genesis file that is none takes trust away", async () => {
  const page = open();
  page.drop("receipts", good);
  page.drop("genesis", genesis);
  await until(() => page.find("article").length === 1);
  page.drop("genesis", fileOf("x", new Uint8Array(3)));
  await until(() => page.find("article").length === 0);
  assert.match(page.text("network"), /x is no genesis file/);
});

test("the browser is told to load nothing: script and style are named by their hashes", () => {
  const part = (name: string): string => new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(html)![1]!;
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  assert.equal(policy, `default-src 'none'; script-src ${hash(part("script"))}; style-src ${hash(part("style"))}; ` +
    "base-uri 'none'; form-action 'none'");
  assert.doesNotMatch(part("script"), /\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\(/);
});
