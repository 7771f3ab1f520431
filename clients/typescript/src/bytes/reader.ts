// The notation of docs/formats.md, section 1, read and written.

import { concat, fromUtf8, utf8 } from "./bytes.js";
import { Refused, require, within } from "./refused.js";

/** Reads fields one after the other; refuses where a byte is missing. Numbers of 64 bits are bigint. */
export class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  raw(count: number): Uint8Array {
    require(count <= this.left, `a byte is missing: ${count} needed at offset ${this.at}, ${this.left} left`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** The next byte, which stays there. */
  peek(): number | undefined {
    return this.bytes[this.at];
  }

  rest(): Uint8Array {
    return this.raw(this.left);
  }

  u8(): number {
    return this.raw(1)[0]!;
  }

  u16(): number {
    return this.u8() * 2 ** 8 + this.u8();
  }

  u32(): number {
    return this.u16() * 2 ** 16 + this.u16();
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** `bytes`: behind their length in 32 bits. */
  blob(): Uint8Array {
    return this.raw(this.u32());
  }

  /** `text`: behind its length in 16 bits. */
  text(): string {
    return fromUtf8(this.raw(this.u16()));
  }

  /** As many elements as were announced, at most `most`. */
  list<T>(count: number, read: (reader: this, index: number) => T, most = Infinity): T[] {
    require(count <= most, `a list of ${count} elements, at most ${most} are allowed`, "too_large");
    const elements: T[] = [];
    for (let index = 0; index < count; ++index) elements.push(read(this, index));
    return elements;
  }

  /** Kind and version bytes that begin each format. */
  head(kind: string, name: string): void {
    const found = this.u8();
    const version = this.u8();
    require(found === kind.charCodeAt(0), `not a ${name}: its first byte is ${found}, not '${kind}'`);
    require(version === 1, `version ${version} of a ${name}, this reader knows 1`, "unsupported_version");
  }
}

/** Reads a format that takes all bytes: one left over is refused. */
export function whole<T>(name: string, bytes: Uint8Array, read: (reader: Reader) => T): T {
  return within(name, () => {
    const reader = new Reader(bytes);
    const value = read(reader);
    if (reader.left > 0) throw new Refused("invalid_argument", `${reader.left} bytes are left over`);
    return value;
  });
}

function bigEndian(value: number | bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let at = size - 1; at >= 0; --at, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  if (rest !== 0n) throw new RangeError(`${value} does not fit into ${size} bytes`);
  return bytes;
}

export const u8 = (value: number): Uint8Array => bigEndian(value, 1);
export const u16 = (value: number): Uint8Array => bigEndian(value, 2);
export const u32 = (value: number): Uint8Array => bigEndian(value, 4);
export const u64 = (value: number | bigint): Uint8Array => bigEndian(value, 8);
/** `bytes`, with their length in 32 bits. */
export const blob = (bytes: Uint8Array): Uint8Array => concat(u32(bytes.length), bytes);

/** `text`, with its length in 16 bits. */
export function text(value: string): Uint8Array {
  const bytes = utf8(value);
  return concat(u16(bytes.length), bytes);
}
