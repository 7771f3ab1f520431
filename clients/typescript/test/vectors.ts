// The golden vectors of the repository (tests/vectors/README.md).

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { fromBase64, fromHex } from "../src/bytes/bytes.js";
import { type Trust, trustOf, type Verdict } from "../src/verify/index.js";

function find(folder: string): string {
  const here = join(folder, "tests", "vectors");
  if (existsSync(join(here, "bundles.json"))) return here;
  if (dirname(folder) === folder) throw new Error("tests/vectors is in no folder above");
  return find(dirname(folder));
}

export const VECTORS = find(dirname(fileURLToPath(import.meta.url)));

export const load = (name: string): Uint8Array => new Uint8Array(readFileSync(join(VECTORS, name)));
export const loadJson = <T>(name: string): T => JSON.parse(readFileSync(join(VECTORS, name), "utf8")) as T;

export interface BundleVector {
  readonly name: string;
  readonly genesis: string;
  readonly outcome: "success" | "authentic, but no success" | "not authentic" | "unreadable";
  readonly step: number;
  readonly trust_class?: string;
  readonly checkpoint?: string;
  readonly file?: string;
  readonly binary?: string;
  readonly like?: string;
  readonly at?: number;
  readonly drop?: number;
  readonly insert?: string;
}

export const bundleVectors = (): BundleVector[] => loadJson("bundles.json");

/** The binary form of each: in full, or as the one span in which it differs from another. */
export function binaries(vectors: readonly BundleVector[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const { name, binary, like, at, drop, insert } of vectors) {
    if (binary !== undefined) found.set(name, fromBase64(binary));
    if (like === undefined) continue;
    const base = found.get(like)!;
    found.set(name, Uint8Array.from([...base.slice(0, at), ...fromBase64(insert!), ...base.slice(at! + drop!)]));
  }
  return found;
}

export const trustFor = ({ genesis, checkpoint }: BundleVector): Trust =>
  trustOf(load(genesis), checkpoint === undefined ? undefined : fromHex(checkpoint));

/** A verdict in the words of the vectors. */
export const outcome = ({ success, authentic }: Verdict): string =>
  success ? "success" : authentic ? "authentic, but no success" : "not authentic";
