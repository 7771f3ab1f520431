import assert from "node:assert/strict";

import { Refused } from "../src/bytes/refused.js";

/** `ok`, or the code of a refusal. Nothing else is ever thrown. */
export function codeOf(read: () => unknown): string {
  try {
    read();
    return "ok";
  } catch (problem) {
    assert.ok(problem instanceof Refused, `refusals are of one type, this is not: ${problem}`);
    return problem.code;
  }
}
