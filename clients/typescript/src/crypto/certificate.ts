// As much of X.509 as tells whose secp256r1 key an authority vouches for, as a city node (RFC 5280).

import { concat, equal, fromBase64 } from "../bytes/bytes.js";
import { require } from "../bytes/refused.js";
import { DerReader, TAG } from "./der.js";
import { suiteNamed } from "./suites.js";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const EC_KEY = "1.2.840.10045.2.1";
const P256 = "1.2.840.10045.3.1.7";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const FOR_SERVERS = "1.3.6.1.5.5.7.3.1";
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

interface Certificate {
  /** What the issuer signed. */
  readonly signed: Uint8Array;
  /** 64 bytes: r, then s, which is low. */
  readonly signature: Uint8Array;
  /** Compressed. */
  readonly key: Uint8Array;
  /** Whether its owner may be a server, which all city nodes are. */
  readonly forServers: boolean;
}

function bits(reader: DerReader): Uint8Array {
  const content = reader.take(TAG.bits);
  require(content[0] === 0, "a certificate has a broken bit string");
  return content.subarray(1);
}

function scalar(reader: DerReader): bigint {
  const bytes = reader.take(TAG.integer);
  require(bytes.length <= 33, "a certificate's signature is too long");
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

const fixed = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * (31 - at))) & 0xffn));

/** A signature as ours are. Of certificates either s is right, as everywhere outside. */
function compact(der: Uint8Array): Uint8Array {
  const reader = new DerReader(der).sequence();
  const [r, s] = [scalar(reader), scalar(reader)];
  require(r < ORDER && s < ORDER, "a certificate's signature is out of bounds");
  return concat(fixed(r), fixed(s > ORDER / 2n ? ORDER - s : s));
}

function keyOf(info: DerReader): Uint8Array {
  const algorithm = info.sequence();
  require(algorithm.oid() === EC_KEY && algorithm.oid() === P256, "a certificate is not for a secp256r1 key");
  const point = bits(info);
  require(point.length === 65 && point[0] === 4 && suiteNamed("secp256r1").isPoint(point.subarray(1)),
    "a certificate's key is no point of secp256r1");
  return concat(Uint8Array.of(2 + (point[64]! & 1)), point.subarray(1, 33));
}

function isForServers(extensions: Uint8Array): boolean {
  for (const list = new DerReader(extensions).sequence(); list.more;) {
    const extension = list.sequence();
    const kind = extension.oid();
    if (extension.next === TAG.boolean) extension.take(TAG.boolean);
    const value = extension.take(TAG.octets);
    if (kind !== EXTENDED_KEY_USAGE) continue;
    for (const uses = new DerReader(value).sequence(); uses.more;) if (uses.oid() === FOR_SERVERS) return true;
  }
  return false;
}

function read(pem: string): Certificate {
  const found = /-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----/.exec(pem);
  require(found !== null, "not a PEM text with a certificate");
  const whole = new DerReader(fromBase64(found[1]!.replace(/\s/g, ""))).sequence();
  const signed = whole.element(TAG.sequence);
  require(whole.sequence().oid() === ECDSA_WITH_SHA256, "a certificate is not signed by ECDSA with SHA-256");
  const signature = compact(bits(whole));
  require(!whole.more, "a certificate is followed by more");

  const fields = new DerReader(signed).sequence();
  fields.take(TAG.attribute0);  // version
  fields.take(TAG.integer);     // serial number
  for (const _ of ["algorithm", "issuer", "validity", "subject"]) fields.take(TAG.sequence);
  const key = keyOf(fields.sequence());
  return { signed, signature, key, forServers: fields.next === TAG.attribute3 && isForServers(fields.take(TAG.attribute3)) };
}

/**
 * The key of a city node's certificate, at whatever time, if this authority issued it; else it is refused. What the
 * authority issues for clients is for no node.
 */
export function vouchedKey(authority: string, certificate: string): Uint8Array {
  const [issuer, subject] = [read(authority), read(certificate)];
  require(subject.forServers && !equal(subject.key, issuer.key), "the certificate is not a city node's", "bad_signature");
  require(suiteNamed("secp256r1").verify(subject.signature, subject.signed, issuer.key),
    "the certificate is not of the network's authority", "bad_signature");
  return subject.key;
}
