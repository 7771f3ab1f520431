// Loads a channel with deposits of evidence by the official client of Fabric's gateway, for `bsn bench fabric`.
//
//     node load.mjs TASK.JSON
//
// A closed loop: so many transactions on their way, each followed by the next one once its block's validation is known.
// What the task says and what is written: src/cli/commands/bench_fabric.cpp, src/cli/bench/foreign_client.hpp.
import { createPrivateKey, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";
import { connect, hash, signers } from "@hyperledger/fabric-gateway";

const LATENCIES_IN_A_LINE = 2000;

const task = JSON.parse(await readFile(process.argv[2]));
const tell = (json) => process.stdout.write(JSON.stringify(json) + "\n");

// At each peer's gateway, by one connection each.
async function contractAt(peer) {
    const credentials = grpc.credentials.createSsl(
        await readFile(peer.tls_root), await readFile(task.tls_key), await readFile(task.tls_certificate));
    const client = new grpc.Client(peer.address, credentials);
    const gateway = connect({
        client,
        identity: { mspId: task.msp_id, credentials: Buffer.from(task.certificate) },
        signer: signers.newPrivateKeySigner(createPrivateKey(await readFile(task.key))),
        hash: hash.sha256,
    });
    const close = () => {
        gateway.close();
        client.close();
    };
    return { contract: gateway.getNetwork(task.channel).getContract(task.chaincode), close };
}

const metadata = "x".repeat(task.metadata_bytes);
const deposit = (contract) => contract.submitTransaction("deposit", randomBytes(32).toString("hex"), metadata);
const microseconds = () => Number(process.hrtime.bigint() / 1000n);
const version = (name) => createRequire(import.meta.url)(`./node_modules/${name}/package.json`).version;

const gateways = await Promise.all(task.peers.map(contractAt));
const begin = microseconds();
const measuredFrom = begin + task.warmup_s * 1e6;
const end = measuredFrom + task.duration_s * 1e6;
const latencies = [];
let all = 0;
let failure;

async function work(number) {
    const { contract } = gateways[number % gateways.length];
    for (let now = begin; now < end && !failure; ) {
        const since = microseconds();
        await deposit(contract);
        now = microseconds();
        ++all;
        if (now >= measuredFrom && now < end) latencies.push(now - since);
    }
}

try {
    // Peers that have just started may not know each other yet.
    for (const { contract } of gateways) {
        for (let tries = 0; ; ++tries) {
            try {
                await deposit(contract);
                break;
            } catch (error) {
                if (tries === 60) throw error;
                await new Promise((resolve) => setTimeout(resolve, 500));
            }
        }
    }
    const before = process.cpuUsage();
    const workers = Array.from({ length: task.in_flight }, (_, number) => work(number));
    await Promise.all(workers.map((one) => one.catch((error) => (failure ??= error))));
    if (failure) throw failure;
    const used = process.cpuUsage(before);
    for (let i = 0; i < latencies.length; i += LATENCIES_IN_A_LINE) {
        tell({ latencies_us: latencies.slice(i, i + LATENCIES_IN_A_LINE) });
    }
    tell({
        committed: latencies.length,
        all,
        seconds: task.duration_s,
        cpu_s: (used.user + used.system) / 1e6,
        rss_bytes: process.memoryUsage().rss,
        versions: { node: process.versions.node, client: version("@hyperledger/fabric-gateway"), grpc: version("@grpc/grpc-js") },
    });
} catch (error) {
    const details = (error.details ?? []).map?.((one) => `${one.mspId}: ${one.message}`) ?? [String(error.details)];
    tell({ error: [error.message, ...details].join("; ") });
}
for (const gateway of gateways) gateway.close();
