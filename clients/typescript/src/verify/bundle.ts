// Receipt bundles, in JSON and in binary form (docs/formats.md, section 12).

import { fromHex } from "../bytes/bytes.js";
import { Reader, whole } from "../bytes/reader.js";
import { Refused, require, within } from "../bytes/refused.js";
import { suiteNamed } from "../crypto/suites.js";
import { elements, expectFormat, integer, type Json, members, readCanonical, string } from "../formats/canonical.js";
import { type Certificate, certificate, type EpochRecord, readCertificate, readEpochRecord } from "../formats/epoch.js";

const MAX_BYTES = 16 << 20;
const MAX_TEXT_BYTES = 64 << 20;
const MAX_PATH = 32;
const MAX_CERTIFICATES = 16;
const MAX_HANDOVERS = 65_535;
const MAX_SIGNATURES = 65_535;

export interface CertifiedHeader {
  readonly header: Uint8Array;
  /** One for each suite of the epoch. */
  readonly certificates: readonly Certificate[];
}

export interface InclusionProof {
  readonly transaction: Uint8Array;
  readonly receipt: Uint8Array;
  /** Of both, in their trees. */
  readonly index: number;
  readonly transactionPath: readonly Uint8Array[];
  readonly receiptPath: readonly Uint8Array[];
  readonly block: CertifiedHeader;
}

/** The last header of an epoch, and the record of the next one. */
export interface Handover {
  readonly last: CertifiedHeader;
  readonly next: EpochRecord;
}

/** Transaction and receipt, and all that leads from them to a genesis. Read, but not verified. */
export interface ReceiptBundle {
  readonly proof: InclusionProof;
  readonly handovers: readonly Handover[];
  readonly creation: InclusionProof | undefined;
  readonly systemHandovers: readonly Handover[];
}

/** Reads a bundle in either form. */
export function readBundle(bytes: Uint8Array): ReceiptBundle {
  return bytes[0] === 0x56 ? readBinary(bytes) : readJson(bytes);
}

// --- JSON

/** A list with a bound, which is checked before its elements are read. */
function bounded(json: Json, what: string, most: number): readonly Json[] {
  const list = elements(json);
  require(list.length <= most, `${list.length} ${what}, at most ${most} are allowed`, "too_large");
  return list;
}

const hex = (json: Json, size?: number): Uint8Array => fromHex(string(json), size);

function certifiedFromJson(json: Json): CertifiedHeader {
  const [header, certificates] = members(json, "header", "certificates");
  return { header: hex(header), certificates: bounded(certificates, "certificates", MAX_CERTIFICATES).map(certificateFromJson) };
}

function certificateFromJson(json: Json): Certificate {
  const [suite, signatures] = members(json, "suite", "signatures");
  return certificate(suiteNamed(string(suite)), bounded(signatures, "signatures", MAX_SIGNATURES).map((entry) => {
    const [peer, signature] = members(entry, "peer", "signature");
    return { peer: Number(integer(peer, 0n, 0xffffn)), signature: hex(signature, 64) };
  }));
}

function proofFromJson(json: Json): InclusionProof {
  const [transaction, receipt, index, transactionPath, receiptPath, block] = members(
    json, "transaction", "receipt", "index", "transaction_path", "receipt_path", "block");
  const path = (list: Json): Uint8Array[] => bounded(list, "hashes in a path", MAX_PATH).map((hash) => hex(hash, 32));
  return {
    transaction: hex(transaction), receipt: hex(receipt), index: Number(integer(index, 0n, 0xffffffffn)),
    transactionPath: path(transactionPath), receiptPath: path(receiptPath), block: certifiedFromJson(block),
  };
}

const handoversFromJson = (json: Json): Handover[] => bounded(json, "handovers", MAX_HANDOVERS).map((entry) => {
  const [last, next] = members(entry, "last", "next");
  return { last: certifiedFromJson(last), next: readEpochRecord(hex(next)) };
});

function readJson(bytes: Uint8Array): ReceiptBundle {
  return within("receipt bundle", () => {
    const json = readCanonical(bytes, MAX_TEXT_BYTES);
    expectFormat(json, "bsn-receipt");
    const [, , proof, handovers, creation, systemHandovers] = members(
      json, "format", "version", "proof", "handovers", "creation", "system_handovers");
    return {
      proof: proofFromJson(proof),
      handovers: handoversFromJson(handovers),
      creation: creation === null ? undefined : proofFromJson(creation),
      systemHandovers: handoversFromJson(systemHandovers),
    };
  });
}

// --- binary

function certified(reader: Reader): CertifiedHeader {
  return {
    header: reader.blob(),
    certificates: reader.list(reader.u8(), () => readCertificate(reader.blob()), MAX_CERTIFICATES),
  };
}

function proofOf(reader: Reader): InclusionProof {
  const path = (): Uint8Array[] => reader.list(reader.u8(), () => reader.raw(32), MAX_PATH);
  return {
    transaction: reader.blob(), receipt: reader.blob(), index: reader.u32(), transactionPath: path(), receiptPath: path(),
    block: certified(reader),
  };
}

const handoversOf = (reader: Reader): Handover[] =>
  reader.list(reader.u16(), () => ({ last: certified(reader), next: readEpochRecord(reader.blob()) }));

function optionalProof(reader: Reader): InclusionProof | undefined {
  const there = reader.u8();
  if (there > 1) throw new Refused("invalid_argument", `${there} where 0 or 1 is expected`);
  return there === 1 ? proofOf(reader) : undefined;
}

function readBinary(bytes: Uint8Array): ReceiptBundle {
  require(bytes.length <= MAX_BYTES, `a bundle of ${bytes.length} bytes, at most ${MAX_BYTES} are allowed`, "too_large");
  return whole("receipt bundle", bytes, (reader) => {
    reader.head("V", "receipt bundle");
    return {
      proof: proofOf(reader), handovers: handoversOf(reader), creation: optionalProof(reader),
      systemHandovers: handoversOf(reader),
    };
  });
}
