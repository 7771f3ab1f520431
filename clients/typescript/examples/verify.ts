// The page that verifies receipts: drop a genesis file, receipts, and the document that they are of.

import { deposits, digestOf, fromUtf8, isoTime, Refused, toHex, type Trust, trustOf, type Verdict, verify } from "../src/verify/index.js";

const one = (id: string): HTMLElement => document.getElementById(id)!;

let trust: Trust | undefined;
let receipts: readonly File[] = [];
let content: { readonly name: string; readonly digest: Uint8Array } | undefined;

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

function element(name: string, text = "", ...children: readonly HTMLElement[]): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;  // never HTML: what a receipt says is not to be trusted before it is verified, nor behind
  made.append(...children);
  return made;
}

function fact(name: string, value: string): HTMLElement[] {
  return [element("dt", name), element("dd", value)];
}

/** Text where it is one, else hexadecimal. */
function readable(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return toHex(bytes);
  }
}

function facts({ transaction, header, receipt, trustClass }: Verdict): HTMLElement {
  const list = element("dl");
  if (transaction && header && receipt) {
    list.append(
      ...fact("who vouches", trustClass ?? ""),
      ...fact("block time", isoTime(header.time)),
      ...fact("transaction", toHex(transaction.id)),
      ...fact("by", toHex(transaction.creator)),
      ...fact("calls", `${transaction.contract}.${transaction.function}`),
      ...(transaction.payload?.arguments ?? []).flatMap((argument, at) => fact(`argument ${at + 1}`, readable(argument))),
      ...fact("block", `${header.height} of channel ${toHex(header.channel)}`));
  }
  return list;
}

function headline(file: string, verdict: Verdict): { kind: string; text: string } {
  if (!verdict.authentic) return { kind: "refused", text: `${file}: not authentic` };
  if (!verdict.success) return { kind: "authentic", text: `${file}: authentic, but no success` };
  if (!content) return { kind: "success", text: `${file}: authentic, a success` };
  return deposits(verdict, content.digest)
    ? { kind: "success", text: `${file}: authentic, and ${content.name} is what was deposited` }
    : { kind: "refused", text: `${file}: authentic, but not of ${content.name}` };
}

async function judge(file: File, trusted: Trust): Promise<HTMLElement> {
  const card = element("article");
  try {
    const verdict = verify(await bytesOf(file), trusted);
    const { kind, text } = headline(file.name, verdict);
    card.className = kind;
    const steps = verdict.steps.map(({ holds, claim, detail }) =>
      element("li", `${holds ? "✓" : "✗"} ${claim}`, element("small", detail)));
    card.append(element("h2", text), element("p", verdict.failure), ...(verdict.authentic ? [facts(verdict)] : []), element("ol", "", ...steps));
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    card.append(element("h2", `${file.name}: not a receipt`), element("p", problem.message));
  }
  return card;
}

async function show(): Promise<void> {
  const verdicts = one("verdicts");
  if (!trust) return verdicts.replaceChildren();
  const trusted = trust;
  verdicts.replaceChildren(...await Promise.all(receipts.map((file) => judge(file, trusted))));
}

async function takeGenesis([file]: readonly File[]): Promise<void> {
  trust = undefined;
  if (!file) return;
  try {
    trust = trustOf(await bytesOf(file));
    one("network").textContent = `Network ${toHex(trust.network)}: compare it with what the operators publish.`;
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    one("network").textContent = `${file.name} is no genesis file: ${problem.message}`;
  }
}

async function takeDocument([file]: readonly File[]): Promise<void> {
  content = file && { name: file.name, digest: await digestOf(piecesOf(file)) };
}

async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
}

/** A place for files: dropped, or chosen. */
function place(id: string, take: (files: readonly File[]) => Promise<void> | void): void {
  const zone = one(id);
  const taken = async (files: readonly File[]): Promise<void> => {
    if (files.length > 0) zone.querySelector("span")!.textContent = files.map(({ name }) => name).join(", ");
    await take(files);
    await show();
  };
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    void taken([...event.dataTransfer?.files ?? []]);
  });
  const input = zone.querySelector("input")!;
  input.addEventListener("change", () => void taken([...input.files ?? []]));
}

place("genesis", takeGenesis);
place("receipts", (files) => { receipts = files; });
place("document", takeDocument);
