// Private keys as PKCS#8 PEM, the files that `bsn key export --private` and openssl write (RFC 5208, RFC 5915).

import { scryptAsync } from "@noble/hashes/scrypt.js";

import { concat, equal, fromBase64, toBase64, utf8 } from "../bytes/bytes.js";
import { u8 } from "../bytes/reader.js";
import { Refused, require } from "../bytes/refused.js";
import { der, derOid, DerReader, TAG } from "./der.js";
import { type Suite, type SuiteName, suiteNamed } from "./suites.js";

const EC_KEY = "1.2.840.10045.2.1";
const PBES2 = "1.2.840.113549.1.5.13";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";
/** The most that OpenSSL opens: 128 N r bytes. */
const MAX_SCRYPT_BYTES = 32 << 20;

const CURVES: Record<SuiteName, string> = {
  secp256r1: "1.2.840.10045.3.1.7",
  secp256k1: "1.3.132.0.10",
  sm2: "1.2.156.10197.1.301",
};

export interface Secret {
  readonly suite: Suite;
  /** 32 bytes. */
  readonly scalar: Uint8Array;
}

/** Reads a private key; an encrypted one with its passphrase. */
export async function readPem(pem: string, passphrase?: string): Promise<Secret> {
  const found = /-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----/.exec(pem);
  require(found !== null, "not a PEM text with a private key");
  const bytes = fromBase64(found[2]!.replace(/\s/g, ""));
  if (found[1] === "PRIVATE KEY") return readPkcs8(bytes);
  require(found[1] === "ENCRYPTED PRIVATE KEY", `the PEM holds "${found[1]}", not a PKCS#8 private key`);
  require(passphrase !== undefined, "the private key is encrypted; give its passphrase", "unauthenticated");
  const opened = await decrypt(bytes, passphrase);
  try {
    return readPkcs8(opened);
  } catch (problem) {
    // One wrong passphrase of 256 leaves bytes that end as if they were padded.
    throw problem instanceof Refused ? notOpened(`: ${problem.message}`) : problem;
  }
}

const notOpened = (why = "") =>
  new Refused("unauthenticated", `the passphrase does not open the private key (or the key is damaged)${why}`);

/** PBES2 with scrypt and AES-256-CBC, as `bsn key` encrypts. */
async function decrypt(bytes: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const outer = new DerReader(bytes).sequence();
  const algorithm = outer.sequence();
  require(algorithm.oid() === PBES2, "the private key is not encrypted with PBES2");
  const schemes = algorithm.sequence();
  const derivation = schemes.sequence();
  require(derivation.oid() === SCRYPT, "the private key's passphrase does not go through scrypt, as bsn writes it");
  const parameters = derivation.sequence();
  const salt = parameters.take(TAG.octets);
  const [N, r, p] = [parameters.number(), parameters.number(), parameters.number()];
  require(128 * N * r <= MAX_SCRYPT_BYTES && p <= 16, "the private key asks for more memory than is given", "too_large");
  const cipher = schemes.sequence();
  require(cipher.oid() === AES_256_CBC, "the private key is not encrypted with AES-256-CBC, as bsn writes it");
  const iv = cipher.take(TAG.octets);
  try {
    const derived = await scryptAsync(utf8(passphrase), salt, { N, r, p, dkLen: 32 });
    const key = await crypto.subtle.importKey("raw", own(derived), "AES-CBC", false, ["decrypt"]);
    const content = outer.take(TAG.octets);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: own(iv) }, key, own(content)));
  } catch (problem) {
    if (problem instanceof Refused) throw problem;
    throw notOpened();
  }
}

/** In a buffer of its own, which is what WebCrypto takes. */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

function readPkcs8(bytes: Uint8Array): Secret {
  const info = new DerReader(bytes).sequence();
  require(info.number() <= 1, "a PKCS#8 version that is unknown", "unsupported_version");
  const algorithm = info.sequence();
  const kind = algorithm.oid();
  require(kind === EC_KEY, `the private key is of kind ${kind}, not of an elliptic curve`);
  const curve = algorithm.oid();
  const name = (Object.keys(CURVES) as SuiteName[]).find((one) => CURVES[one] === curve);
  require(name !== undefined, "the private key is of no suite: not secp256r1, secp256k1 or sm2");
  const key = new DerReader(info.take(TAG.octets)).sequence();
  require(key.number() === 1, "an EC private key of an unknown version", "unsupported_version");
  const scalar = key.take(TAG.octets).slice();
  const suite = suiteNamed(name);
  require(suite.isSecret(scalar), "the private key is damaged: no scalar of its curve");
  if (key.next === TAG.attribute0) key.take(TAG.attribute0);  // the curve once more
  if (key.more) {
    const point = new DerReader(key.take(TAG.attribute1)).take(TAG.bits);
    const compressed = suite.publicKey(scalar);
    const forms = [concat(Uint8Array.of(0, 4), suite.uncompressed(compressed)), concat(Uint8Array.of(0), compressed)];
    require(forms.some((form) => equal(form, point)), "the private key is damaged: its public key is another");
  }
  require(!key.more, "the private key is damaged: bytes are left over");
  return { suite, scalar };
}

/** The PEM text of a private key. It is not encrypted: keep it where nobody else reads. */
export function writePem({ suite, scalar }: Secret): string {
  const point = suite.uncompressed(suite.publicKey(scalar));
  const key = der(TAG.sequence,
    der(TAG.integer, u8(1)), der(TAG.octets, scalar), der(TAG.attribute1, der(TAG.bits, u8(0), u8(4), point)));
  const bytes = der(TAG.sequence,
    der(TAG.integer, u8(0)), der(TAG.sequence, derOid(EC_KEY), derOid(CURVES[suite.name])), der(TAG.octets, key));
  const lines = toBase64(bytes).match(/.{1,64}/g)!;
  return ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
}
