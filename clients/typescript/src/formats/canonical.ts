// The one form of JSON that genesis files and receipt bundles have (docs/formats.md, section 2). This reader takes
// that form only, so nothing needs to be written again and compared.

import { fromUtf8, utf8 } from "../bytes/bytes.js";
import { Refused, require } from "../bytes/refused.js";

/** Members as they stand: in order, a name perhaps twice. Whoever reads them says which it expects. */
export class Members {
  constructor(readonly list: readonly (readonly [string, Json])[]) {}

  find(name: string): Json | undefined {
    return this.list.find(([found]) => found === name)?.[1];
  }
}

/** Numbers are whole and not below zero: no file of ours has others. */
export type Json = null | boolean | bigint | string | readonly Json[] | Members;

const MAX_DEPTH = 16;

class CanonicalReader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Takes these characters if they come next. */
  private take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  private fail(): never {
    throw new Refused("invalid_argument", `not in canonical form at character ${this.at}; use the file as it was issued`);
  }

  private must(expected: string): void {
    if (!this.take(expected)) this.fail();
  }

  file(): Json {
    const value = this.value(0);
    this.must("\n");
    if (this.at !== this.text.length) this.fail();
    return value;
  }

  private value(depth: number): Json {
    if (depth > MAX_DEPTH) this.fail();
    if (this.take("{")) return new Members(this.elements("}", depth, () => this.member(depth + 1)));
    if (this.take("[")) return this.elements("]", depth, () => this.value(depth + 1));
    if (this.text[this.at] === '"') return this.string();
    if (this.take("null")) return null;
    if (this.take("true")) return true;
    if (this.take("false")) return false;
    return this.number();
  }

  private member(depth: number): readonly [string, Json] {
    const name = this.string();
    this.must(": ");
    return [name, this.value(depth)];
  }

  /** One to a line, indented by two spaces a level; nothing between the brackets if there are none. */
  private elements<T>(end: string, depth: number, read: () => T): T[] {
    if (this.take(end)) return [];
    const list: T[] = [];
    do {
      this.must("\n" + "  ".repeat(depth + 1));
      list.push(read());
    } while (this.take(","));
    this.must("\n" + "  ".repeat(depth));
    this.must(end);
    return list;
  }

  private string(): string {
    const begin = this.at;
    this.must('"');
    let end = begin + 1;
    let escapes = false;
    for (; this.text[end] !== '"'; ++end) {
      if (end >= this.text.length || this.text[end]! < " ") this.fail();
      if (this.text[end] === "\\") {
        escapes = true;
        ++end;
      }
    }
    const literal = this.text.slice(begin, end + 1);
    let value = literal.slice(1, -1);
    if (escapes) {
      try {
        value = JSON.parse(literal) as string;
      } catch {
        this.fail();
      }
      // What needs no escape has none; and half a surrogate pair has no bytes.
      if (JSON.stringify(value) !== literal || fromUtf8(utf8(value)) !== value) this.fail();
    }
    this.at = end + 1;
    return value;
  }

  private number(): bigint {
    const digits = /[0-9]*/y;
    digits.lastIndex = this.at;
    const found = digits.exec(this.text)![0];
    if (found === "" || found.length > 20 || (found.length > 1 && found[0] === "0")) this.fail();
    this.at += found.length;
    return BigInt(found);
  }
}

/** Reads a file of at most `most` bytes. */
export function readCanonical(bytes: Uint8Array, most: number): Json {
  require(bytes.length <= most, `a file of ${bytes.length} bytes, at most ${most} are allowed`, "too_large");
  return new CanonicalReader(fromUtf8(bytes)).file();
}

/** The values of an object that has exactly these members, in this order. */
export function members<const Names extends readonly string[]>(
  json: Json, ...names: Names
): { [At in keyof Names]: Json } {
  require(json instanceof Members, `an object with the members ${names.join(", ")} is expected`);
  const found = json.list.map(([name]) => name);
  require(found.length === names.length && found.every((name, at) => name === names[at]),
    `the members are ${found.join(", ")}; ${names.join(", ")} are expected`);
  return json.list.map(([, value]) => value) as { [At in keyof Names]: Json };
}

/** A file's `format` and `version`, which say whether the rest can be read. */
export function expectFormat(json: Json, format: string): void {
  require(json instanceof Members && json.find("format") === format, `not a file of format ${format}`);
  const version = json.find("version");
  require(version !== undefined, "the version is missing");
  require(version === 1n, `version ${typeof version === "bigint" ? version : "(no number)"}, this reader knows 1`,
    "unsupported_version");
}

export function elements(json: Json): readonly Json[] {
  require(Array.isArray(json), "a list is expected");
  return json as readonly Json[];
}

export function string(json: Json): string {
  require(typeof json === "string", "a text is expected");
  return json;
}

export function integer(json: Json, least: bigint, most: bigint): bigint {
  require(typeof json === "bigint" && json >= least && json <= most, `a whole number from ${least} to ${most} is expected`);
  return json;
}
