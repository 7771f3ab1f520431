// What a node answers, as it stands in its JSON (docs/http-api.md, What is answered).

export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  readonly city: string;
  readonly operator: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly certificate: string;
  readonly revoked_from?: number;
}

export interface ParticipantRecord {
  readonly id: string;
  readonly name: string;
  readonly suite: string;
  readonly key: string;
  readonly revoked: boolean;
}

export interface AppRecord {
  readonly name: string;
  readonly channel: string;
  readonly description: string;
  readonly framework: "ledger" | "ethereum" | "fisco";
  readonly state: "active" | "suspended";
  readonly reason?: string;
  readonly suite: string;
  readonly publisher: string;
  readonly open_to_join: boolean;
  readonly created: number;
  readonly epoch: number;
  readonly quorum: number;
  readonly nodes: readonly { readonly id: string; readonly name: string; readonly operator: string }[];
  readonly contracts: readonly { readonly name: string; readonly type: string; readonly version: number }[];
  readonly roles: readonly { readonly name: string; readonly public: boolean; readonly functions: readonly string[] }[];
  readonly evm?: Readonly<Record<string, unknown>>;
  readonly membership?: Membership;
  readonly members?: readonly Membership[];
}

export interface Membership {
  readonly participant: string;
  readonly state: "invited" | "requested" | "approved" | "removed";
  readonly roles: readonly string[];
}

export interface BlockRecord {
  readonly height: number;
  readonly hash: string;
  readonly previous: string;
  readonly time: number;
  readonly final: boolean;
  readonly signers: readonly unknown[];
  readonly transactions: readonly string[];
  readonly raw_header: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What came of a transaction, certified by a quorum of the app's peers. */
export interface OutcomeRecord {
  readonly id: string;
  readonly status: "success" | "refused";
  readonly height: number;
  readonly index: number;
  readonly time: number;
  /** Base64. */
  readonly result: string;
  readonly result_text?: string;
  readonly error?: string;
}

export interface TransactionRecord extends OutcomeRecord {
  readonly creator: string;
  readonly contract: string;
  readonly function: string;
  readonly arguments: readonly (string | { readonly base64: string })[];
  readonly raw: string;
}

export interface StatusRecord {
  readonly network: string;
  readonly network_name: string;
  readonly node: string;
  readonly name: string;
  readonly version: string;
  readonly trust: string;
  readonly chains: readonly Readonly<Record<string, unknown>>[];
  readonly [more: string]: unknown;
}

/** A user of a member, and whether this node keeps their key. */
export interface UserRecord {
  readonly name: string;
  readonly participant: string;
  readonly suite?: string;
  readonly key?: string;
  readonly held_here: boolean;
}
