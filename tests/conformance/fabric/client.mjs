// The official client of Fabric's gateway, driven by lines of JSON on stdin, one answer on stdout for each.
//
//     node client.mjs NETWORK.JSON ORGANIZATION
//
// {"call": "submit", "chaincode": …, "function": …, "arguments": […]}   → {"answer": TEXT} or {"error": …}
// What else can be called is `calls` below. Texts are UTF-8.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createPrivateKey } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import { connect, hash, signers } from "@hyperledger/fabric-gateway";

const [file, name] = process.argv.slice(2);
const described = JSON.parse(await readFile(file));
const organization = described.organizations.find((one) => one.name === name);
const peer = organization.peers[0];
const pem = async (path) => readFile(path);

const client = new grpc.Client(
    peer.address,
    grpc.credentials.createSsl(
        await pem(peer.tls_root),
        described.client_tls_required ? await pem(organization.user.tls_key) : null,
        described.client_tls_required ? await pem(organization.user.tls_certificate) : null,
    ),
);
const gateway = connect({
    client,
    identity: { mspId: organization.msp_id, credentials: await pem(organization.user.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(await pem(organization.user.key))),
    hash: hash.sha256,
});
const network = gateway.getNetwork(described.channel);
const text = (bytes) => Buffer.from(bytes).toString();
const contract = (one) => network.getContract(one.chaincode);

const told = (error) => ({
    name: error.name,
    message: error.message,
    code: error.code,
    details: (error.details ?? []).map?.((detail) => `${detail.mspId}: ${detail.message}`) ?? [String(error.details)],
});

async function submit(one) {
    return text(await contract(one).submitTransaction(one.function, ...one.arguments));
}

// One {"answer"} or {"error"} for each, all sent at once.
async function submitAll({ transactions }) {
    return Promise.all(transactions.map((one) => submit(one).then((answer) => ({ answer }), (error) => ({ error: told(error) }))));
}

// All are endorsed before the first is ordered: their numbers of validation, in order.
async function race({ transactions }) {
    const endorsed = [];
    for (const one of transactions) {
        endorsed.push(await contract(one).newProposal(one.function, { arguments: one.arguments }).endorse());
    }
    const codes = [];
    for (const transaction of endorsed) {
        codes.push((await (await transaction.submit()).getStatus()).code);
    }
    return codes;
}

// The first `count` events of a chaincode from a block on.
async function events({ chaincode, count, from }) {
    const found = [];
    const stream = await network.getChaincodeEvents(chaincode, { startBlock: BigInt(from ?? 0) });
    try {
        for await (const event of stream) {
            found.push({ name: event.eventName, payload: text(event.payload), transaction: event.transactionId,
                block: Number(event.blockNumber) });
            if (found.length === count) break;
        }
    } finally {
        stream.close();
    }
    return found;
}

const calls = {
    submit,
    submitAll,
    race,
    events,
    evaluate: async (one) => text(await contract(one).evaluateTransaction(one.function, ...one.arguments)),
};

for await (const line of createInterface({ input: process.stdin })) {
    const one = JSON.parse(line);
    let answer;
    try {
        answer = { answer: await calls[one.call](one) };
    } catch (error) {
        answer = { error: told(error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
}
gateway.close();
client.close();
