// Who acts: a private key, and the participant for whom it signs.

import { randomBytes } from "@noble/hashes/utils.js";

import { fromHex, toHex } from "../bytes/bytes.js";
import { require } from "../bytes/refused.js";
import { readPem, type Secret, writePem } from "../crypto/pkcs8.js";
import { type SuiteName, suiteNamed } from "../crypto/suites.js";
import { participantId } from "../formats/names.js";

/** A private key. The scalar stays inside: it is in no message, and in no JSON of the object. */
export class Key {
  readonly #secret: Secret;
  readonly publicKey: Uint8Array;

  private constructor(secret: Secret, readonly participant: Uint8Array) {
    this.#secret = secret;
    this.publicKey = secret.suite.publicKey(secret.scalar);
  }

  private static of(secret: Secret): Key {
    const key = secret.suite.publicKey(secret.scalar);
    return new Key(secret, participantId(secret.suite.number, key));
  }

  /** A new key, and so a new participant. */
  static generate(name: SuiteName = "secp256r1"): Key {
    const suite = suiteNamed(name);
    for (;;) {
      const scalar = randomBytes(32);
      if (suite.isSecret(scalar)) return Key.of({ suite, scalar });
    }
  }

  /** A key file, as `bsn key export --private` writes it. */
  static async fromPem(pem: string, passphrase?: string): Promise<Key> {
    return Key.of(await readPem(pem, passphrase));
  }

  /** The same key, acting for a participant whose earlier key it replaced. */
  for(participant: string | Uint8Array): Key {
    const id = typeof participant === "string" ? fromHex(participant, 32) : participant;
    require(id.length === 32, "a participant's id has 32 bytes");
    return new Key(this.#secret, id);
  }

  get suite(): SuiteName {
    return this.#secret.suite.name;
  }

  /** PKCS#8, not encrypted: `bsn key import` takes it. */
  toPem(): string {
    return writePem(this.#secret);
  }

  /** 64 bytes: the suite's signature of a message. */
  sign(message: Uint8Array): Uint8Array {
    return this.#secret.suite.sign(message, this.#secret.scalar);
  }

  toString(): string {
    return `${this.suite} key of participant ${toHex(this.participant)}`;
  }
}
