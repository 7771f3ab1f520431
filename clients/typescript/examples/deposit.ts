// Deposits the hash of a file, and writes the receipt, verified, beside it.
//
//     node dist/examples/deposit.js GENESIS.json KEY.pem FILE GATEWAY...
//
// The key is of a member of the app `evidence` who may deposit (`bsn key export --private`); GATEWAYs are addresses of
// city nodes, such as http://127.0.0.1:7001. `bsn evidence verify FILE` takes the receipt, and so does the page.

import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { argv, exit } from "node:process";

import { Client, deposits, digestOf, Key, toHex } from "../src/index.js";

const [genesis, pem, file, ...gateways] = argv.slice(2);
if (genesis === undefined || pem === undefined || file === undefined || gateways.length === 0) {
  console.error("usage: node dist/examples/deposit.js GENESIS.json KEY.pem FILE GATEWAY...");
  exit(2);
}

const key = await Key.fromPem(await readFile(pem, "utf8"), process.env["BSN_PASSPHRASE"]);
const client = new Client({ gateways, genesis: await readFile(genesis), key });
const evidence = await client.app("evidence");

const digest = await digestOf(createReadStream(file));
const outcome = await evidence.call("evidence", "deposit", toHex(digest), basename(file));
if (!outcome.success) throw new Error(`the contract refused it: ${outcome.error}`);

const { bytes, verdict } = await evidence.receipt(outcome.id);
if (!deposits(verdict, digest)) throw new Error("the receipt does not show the deposit");
await writeFile(`${file}.receipt.json`, bytes);
console.log(`${file}: deposited in block ${outcome.height}, ${verdict.trustClass}; receipt ${file}.receipt.json`);
