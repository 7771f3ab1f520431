// The one error of this package that outside input causes.

/** The network's own codes (docs/http-api.md), so that a reader here and a node name a fault alike. */
export type Code =
  | "invalid_argument" | "unsupported_version" | "too_large" | "bad_signature" | "wrong_network"
  | "wrong_channel" | "wrong_suite" | "expired" | "duplicate" | "already_exists" | "not_found"
  | "unauthenticated" | "forbidden" | "suspended" | "contract_failed" | "unavailable" | "overloaded"
  | "unknown_outcome" | "io_error" | "no_space" | "corrupted" | "internal" | "voided";

/** Something from outside that is not taken: bytes, a file, a request. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly code: Code, message: string) {
    super(message);
  }

  /** The same, with the place at which it happened before it. */
  within(place: string): Refused {
    return new Refused(this.code, `${place}: ${this.message}`);
  }
}

/** Does something of which each refusal names the place. */
export function within<T>(place: string, doing: () => T): T {
  try {
    return doing();
  } catch (problem) {
    throw problem instanceof Refused ? problem.within(place) : problem;
  }
}

export function require(condition: boolean, message: string, code: Code = "invalid_argument"): asserts condition {
  if (!condition) throw new Refused(code, message);
}
