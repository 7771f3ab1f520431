// A network, reached through its gateways.

import { fromHex } from "../bytes/bytes.js";
import { require } from "../bytes/refused.js";
import { systemChannel } from "../formats/names.js";
import { readGenesis } from "../verify/genesis.js";
import { type Trust, trustOf } from "../verify/verify.js";
import type { AppRecord, NodeRecord, ParticipantRecord, StatusRecord } from "./answers.js";
import { App } from "./app.js";
import { Gateways } from "./gateways.js";
import type { Key } from "./key.js";
import { NodeKeys } from "./vouching.js";

export interface ClientOptions {
  /** Addresses of city nodes, such as `https://node1.example`: when one is lost the next is asked. */
  readonly gateways: readonly string[];
  /** The bytes of the genesis file, from a source that you trust. */
  readonly genesis: Uint8Array;
  /** An epoch record of the system channel that receipts are verified from, in place of the genesis file's. */
  readonly checkpoint?: Uint8Array;
  /** Who acts; without it only what is public can be read. */
  readonly key?: Key;
  /** How long a call may take, with all its repetitions; 15 s if left out. */
  readonly timeoutMs?: number;
  /** Whether answers must be signed by a city node for which the genesis file vouches; yes, if left out. */
  readonly signedAnswers?: boolean;
  /** In place of the platform's. */
  readonly fetch?: typeof fetch;
}

export class Client {
  readonly trust: Trust;
  readonly #gateways: Gateways;

  constructor({ gateways, genesis, checkpoint, key, timeoutMs, signedAnswers = true, fetch }: ClientOptions) {
    this.trust = trustOf(genesis, checkpoint);
    const nodes = signedAnswers ? new NodeKeys(readGenesis(genesis)) : undefined;
    this.#gateways = new Gateways(gateways, this.trust.network, { key, timeoutMs, fetch, nodes });
  }

  /** Network id. */
  get network(): Uint8Array {
    return this.trust.network;
  }

  status(): Promise<StatusRecord> {
    return this.#gateways.json({ method: "GET", target: "/v1/status" });
  }

  async nodes(): Promise<readonly NodeRecord[]> {
    return (await this.#gateways.json<{ nodes: NodeRecord[] }>({ method: "GET", target: "/v1/nodes" })).nodes;
  }

  participant(id: string): Promise<ParticipantRecord> {
    return this.#gateways.json({ method: "GET", target: `/v1/participants/${encodeURIComponent(id)}` });
  }

  async apps(): Promise<readonly AppRecord[]> {
    return (await this.#gateways.json<{ apps: AppRecord[] }>({ method: "GET", target: "/v1/apps" })).apps;
  }

  /** An app by its name; `system` is the permission chain. */
  async app(name: string): Promise<App> {
    if (name === "system") return new App(this.#gateways, this.trust, name, systemChannel(this.network), undefined);
    const target = `/v1/apps/${encodeURIComponent(name)}`;
    const record = await this.#gateways.json<AppRecord>({ method: "GET", target });
    require(record.name === name || record.channel === name, `the node described ${record.name}, not ${name}`, "internal");
    const channel = fromHex(record.channel, 32);
    if (!this.#gateways.key) return new App(this.#gateways, this.trust, record.name, channel, record);
    // Members are told to members: so who asks matters as soon as the channel is known.
    const told = await this.#gateways.json<AppRecord>({ method: "GET", target, signFor: channel });
    return new App(this.#gateways, this.trust, record.name, channel, told);
  }
}
