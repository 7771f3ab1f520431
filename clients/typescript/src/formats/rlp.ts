// RLP (docs/formats.md, section 15): the shortest form only.

import { concat } from "../bytes/bytes.js";
import { require } from "../bytes/refused.js";

const STRING = 0x80;
const LIST = 0xc0;
const SHORT = 55;

/** Reads the items of a list, or one item, in order. Each is named, for the message of a refusal. */
export class RlpReader {
  constructor(private rest: Uint8Array) {}

  get more(): boolean {
    return this.rest.length > 0;
  }

  private take(what: string, isList: boolean): Uint8Array {
    require(this.more, `${what}: missing`);
    const first = this.rest[0]!;
    require((first >= LIST) === isList, `${what}: ${isList ? "a list" : "a byte string"} belongs here`);
    let header = 1;
    let size = first < STRING ? 1 : first - (isList ? LIST : STRING);
    if (first < STRING) header = 0;
    else if (size > SHORT) {
      const digits = this.rest.subarray(1, 1 + size - SHORT);
      require(digits.length === size - SHORT, `${what}: its length is cut`);
      header = 1 + digits.length;
      size = digits.reduce((value, digit) => value * 256 + digit, 0);
      require(digits[0] !== 0 && size > SHORT, `${what}: its length is not in the shortest form`);
    }
    require(size <= this.rest.length - header, `${what}: ${size} bytes are announced, fewer are there`);
    const item = this.rest.subarray(header, header + size);
    require(header === 0 || isList || size !== 1 || item[0]! >= STRING, `${what}: a byte below 128 stands for itself`);
    this.rest = this.rest.subarray(header + size);
    return item;
  }

  string(what: string): Uint8Array {
    return this.take(what, false);
  }

  list(what: string): RlpReader {
    return new RlpReader(this.take(what, true));
  }

  fixed(what: string, size: number): Uint8Array {
    const bytes = this.string(what);
    require(bytes.length === size, `${what}: ${bytes.length} bytes, ${size} belong here`);
    return bytes;
  }

  /** An address of 20 bytes, or nothing. */
  address(what: string): Uint8Array | undefined {
    const bytes = this.string(what);
    require(bytes.length === 0 || bytes.length === 20, `${what}: ${bytes.length} bytes, 20 or none belong here`);
    return bytes.length === 0 ? undefined : bytes;
  }

  /** A number of at most `size` bytes. */
  number(what: string, size = 32): bigint {
    const bytes = this.string(what);
    require(bytes.length <= size, `${what}: a number of ${bytes.length} bytes, at most ${size} are allowed`);
    require(bytes[0] !== 0, `${what}: a number with leading zeros`);
    return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  finish(what: string): void {
    require(!this.more, `${what}: ${this.rest.length} bytes more than belong here`);
  }
}

function headed(kind: number, payload: Uint8Array): Uint8Array {
  if (payload.length <= SHORT) return concat(Uint8Array.of(kind + payload.length), payload);
  const size = minimal(BigInt(payload.length));
  return concat(Uint8Array.of(kind + SHORT + size.length), size, payload);
}

function minimal(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  return Uint8Array.from(bytes);
}

export const rlpString = (bytes: Uint8Array): Uint8Array =>
  bytes.length === 1 && bytes[0]! < STRING ? bytes : headed(STRING, bytes);
export const rlpNumber = (value: bigint): Uint8Array => rlpString(minimal(value));
export const rlpList = (...items: readonly Uint8Array[]): Uint8Array => headed(LIST, concat(...items));
