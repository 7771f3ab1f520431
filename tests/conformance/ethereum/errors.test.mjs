// The answers to bad requests and failed calls are those that geth gives: codes, messages, data, HTTP status.
//
//   RECORD="geth 1.17.5 ..." node errors.test.mjs     records errors.json anew, from the node at RPC_URL
//
// errors.json: { recordedFrom, answers: { name: { status, answer, ours, why } } }. Where the answer of our own chain has to
// be another one than geth's, `ours` { status, answer } is what it is, and `why` the reason. Of a success only null, true, false and the
// empty list are kept; other results as "*". In messages {sender}, {chainId} … stand for the chain's values, {n} for a
// number, {hex} for an address. After "invalid argument 0:" and "rlp:" geth quotes Go's decoders: those words are
// recorded, but not compared.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { lay, questions } from "./lib/questions.mjs";
import { url, within, wsUrl } from "./lib/setup.mjs";

const WebSocket = createRequire(import.meta.url)("ws");
const file = new URL("./errors.json", import.meta.url);

async function ask({ body, method, params, type = "application/json", verb = "POST", socket }) {
  const text = body ?? JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  if (socket) return { answer: await byWebSocket(text) };
  const response = await fetch(url, { method: verb, headers: { "content-type": type }, body: text });
  const answered = await response.text();
  let answer;
  try {
    answer = JSON.parse(answered);
  } catch {
    answer = null; // not JSON: only the status counts
  }
  return { status: response.status, answer };
}

function byWebSocket(text) {
  const socket = new WebSocket(wsUrl);
  const answer = new Promise((resolve, reject) => {
    socket.on("open", () => socket.send(text));
    socket.on("message", (data) => resolve(JSON.parse(data.toString())));
    socket.on("close", () => resolve("closed"));
    socket.on("error", reject);
  });
  return within("an answer", answer).finally(() => socket.terminate());
}

/** The recorded form of an answer. */
function recorded(answer, laid) {
  if (Array.isArray(answer)) return answer.length > 3 ? { length: answer.length, first: recorded(answer[0], laid) } : answer.map((each) => recorded(each, laid));
  if (answer === null || answer === "closed") return answer;
  const { error, result, ...rest } = answer;
  if (error === undefined) {
    const plain = result === null || typeof result === "boolean" || (Array.isArray(result) && !result.length);
    return { ...rest, result: plain ? result : "*" };
  }
  let { message } = error;
  for (const [name, value] of Object.entries(laid)) {
    if (value.length > 3 && name !== "gasLimit") message = message.replaceAll(value, `{${name}}`);
  }
  message = message.replace(/0x[0-9a-fA-F]{40}\b/g, "{hex}").replace(/(next nonce|head) \d+/, "$1 {n}").replace(/(?<![0-9a-zA-Z{])\d{2,}\b/g, "{n}");
  const kept = { ...error, message };
  if (error.data !== undefined) kept.data = String(error.data).toLowerCase().replaceAll(laid.sender.slice(2).toLowerCase(), "{sender}");
  return { ...rest, error: kept };
}

/** Without what is not compared. */
function compared(answer) {
  if (Array.isArray(answer)) return answer.map(compared);
  if (!answer?.error) return answer;
  const message = answer.error.message.replace(/^(invalid argument \d+:|rlp:).*/, "$1");
  return { ...answer, error: { ...answer.error, message } };
}

const laid = await lay();
const asked = await questions(laid);

if (process.env.RECORD) {
  const { answers: before } = JSON.parse(readFileSync(file, "utf8"));
  const answers = {};
  for (const [name, question] of asked) {
    const { status, answer } = await ask(question);
    const { ours, why } = before[name] ?? {};
    answers[name] = { status, answer: recorded(answer, laid), ours, why };
  }
  writeFileSync(file, JSON.stringify({ recordedFrom: process.env.RECORD, answers }, null, 1) + "\n");
} else {
  const { answers } = JSON.parse(readFileSync(file, "utf8"));
  test("every recorded answer has its question", () => {
    assert.deepEqual(Object.keys(answers).sort(), asked.map(([name]) => name).sort());
  });
  test("every answer of our own has a reason", () => {
    for (const [name, { ours, why }] of Object.entries(answers)) assert.equal(ours === undefined, why === undefined, name);
  });
  for (const [name, question] of asked) {
    test(name, async () => {
      const { status, answer } = await ask(question);
      const expected = answers[name].ours ?? answers[name];
      assert.equal(status, expected.status);
      assert.deepEqual(compared(recorded(answer, laid)), compared(expected.answer));
    });
  }
}
