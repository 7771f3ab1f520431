// Byte strings: spelling, comparing, joining. A byte string is a Uint8Array everywhere in this package.

import { Refused } from "./refused.js";

const DIGITS = "0123456789abcdef";

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte >> 4]! + DIGITS[byte & 15]!;
  return text;
}

/** Reads lower-case hexadecimal, the one spelling that files use; of exactly `size` bytes, if that is given. */
export function fromHex(text: string, size?: number): Uint8Array {
  if (text.length % 2 !== 0) throw new Refused("invalid_argument", "an odd number of hexadecimal digits");
  if (size !== undefined && text.length !== 2 * size) {
    throw new Refused("invalid_argument", `${text.length / 2} bytes in hexadecimal, ${size} belong here`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; ++at) {
    const high = DIGITS.indexOf(text[2 * at]!);
    const low = DIGITS.indexOf(text[2 * at + 1]!);
    if (high < 0 || low < 0) throw new Refused("invalid_argument", "not lower-case hexadecimal");
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  let letters = "";
  // In pieces: a call takes a bounded number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(letters);
}

export function fromBase64(text: string): Uint8Array {
  let letters: string;
  try {
    letters = atob(text);
  } catch {
    throw new Refused("invalid_argument", "not base64");
  }
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Reads well-formed UTF-8: no overlong forms, no surrogates; a byte order mark is a character like any other. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("invalid_argument", "text is not UTF-8");
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether both are the same. Takes as long as the shorter common beginning: for public values only. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** Order as byte strings: below 0, 0 or above 0. */
export function compare(left: Uint8Array, right: Uint8Array): number {
  const common = Math.min(left.length, right.length);
  for (let at = 0; at < common; ++at) {
    if (left[at] !== right[at]) return left[at]! - right[at]!;
  }
  return left.length - right.length;
}

/** Whether each element is below the next one. */
export function ascending<T>(list: readonly T[], order: (left: T, right: T) => number): boolean {
  return list.every((element, at) => at === 0 || order(list[at - 1]!, element) < 0);
}
