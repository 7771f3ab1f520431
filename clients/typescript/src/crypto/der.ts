// As much of DER as key files and certificates need: definite lengths in the shortest form.

import { concat } from "../bytes/bytes.js";
import { Reader, u16, u8 } from "../bytes/reader.js";
import { Refused, require } from "../bytes/refused.js";

export const TAG = {
  boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, sequence: 0x30, attribute0: 0xa0, attribute1: 0xa1,
  attribute3: 0xa3,
} as const;

export class DerReader {
  private readonly reader: Reader;

  constructor(private readonly bytes: Uint8Array) {
    this.reader = new Reader(bytes);
  }

  get more(): boolean {
    return this.reader.left > 0;
  }

  /** The tag of the next element, if there is one. */
  get next(): number | undefined {
    return this.reader.peek();
  }

  /** The content of the next element, which must have this tag. */
  take(tag: number): Uint8Array {
    const found = this.reader.u8();
    require(found === tag, `a key file or certificate has tag ${found} where ${tag} belongs`);
    const first = this.reader.u8();
    if (first < 0x80) return this.reader.raw(first);
    const size = first === 0x81 ? this.reader.u8() : first === 0x82 ? this.reader.u16() : 0;
    require(size >= (first === 0x81 ? 0x80 : 0x100), "a key file or certificate has a length that is not in the shortest form");
    return this.reader.raw(size);
  }

  /** The next element whole, with tag and length. */
  element(tag: number): Uint8Array {
    const begin = this.bytes.length - this.reader.left;
    this.take(tag);
    return this.bytes.subarray(begin, this.bytes.length - this.reader.left);
  }

  sequence(): DerReader {
    return new DerReader(this.take(TAG.sequence));
  }

  /** A number of at most 32 bits, not below zero. */
  number(): number {
    const bytes = this.take(TAG.integer);
    require(bytes.length >= 1 && bytes.length <= 5 && bytes[0]! < 0x80, "a key file or certificate has a number out of bounds");
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  oid(): string {
    return dotted(this.take(TAG.oid));
  }
}

/** An object identifier as numbers with dots. */
function dotted(bytes: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (value > 2 ** 40) throw new Refused("invalid_argument", "a key file or certificate has an object identifier out of bounds");
    if (byte >= 0x80) continue;
    if (numbers.length === 0) numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else numbers.push(value);
    value = 0;
  }
  return numbers.join(".");
}

export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents);
  const size = content.length;
  const length = size < 0x80 ? u8(size) : size < 0x100 ? Uint8Array.of(0x81, size) : concat(u8(0x82), u16(size));
  return concat(u8(tag), length, content);
}

export function derOid(text: string): Uint8Array {
  const [first, second, ...rest] = text.split(".").map(Number);
  const bytes = [40 * first! + second!, ...rest].flatMap((value) => {
    const digits = [value % 128];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(0x80 | left % 128);
    return digits;
  });
  return der(TAG.oid, Uint8Array.from(bytes));
}
