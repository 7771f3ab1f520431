// SM3 (GB/T 32905), on the frame for hashes of this construction that @noble/hashes gives to SHA-256.

import { HashMD } from "@noble/hashes/_md.js";
import { createHasher, rotl } from "@noble/hashes/utils.js";

const IV = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
] as const;

const p0 = (x: number): number => x ^ rotl(x, 9) ^ rotl(x, 17);
const p1 = (x: number): number => x ^ rotl(x, 15) ^ rotl(x, 23);

/** The expanded message: used by one call at a time, wiped behind it. */
const words = new Uint32Array(68);

export class SM3 extends HashMD<SM3> {
  private state = Uint32Array.from(IV);

  constructor() {
    super(64, 32, 8, false);
  }

  protected get(): number[] {
    return [...this.state];
  }

  protected set(...state: number[]): void {
    this.state.set(state);
  }

  protected process(block: DataView, offset: number): void {
    for (let j = 0; j < 16; ++j) words[j] = block.getUint32(offset + 4 * j);
    for (let j = 16; j < 68; ++j) {
      words[j] = p1(words[j - 16]! ^ words[j - 9]! ^ rotl(words[j - 3]!, 15)) ^ rotl(words[j - 13]!, 7) ^ words[j - 6]!;
    }
    let [a, b, c, d, e, f, g, h] = this.state as unknown as [number, number, number, number, number, number, number, number];
    for (let j = 0; j < 64; ++j) {
      const turned = rotl(a, 12);
      const ss1 = rotl((turned + e + rotl(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32)) | 0, 7);
      const ss2 = ss1 ^ turned;
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const tt1 = (ff + d + ss2 + (words[j]! ^ words[j + 4]!)) | 0;
      const tt2 = (gg + h + ss1 + words[j]!) | 0;
      [d, c, b, a] = [c, rotl(b, 9), a, tt1];
      [h, g, f, e] = [g, rotl(f, 19), e, p0(tt2)];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => (this.state[at]! ^= word));
  }

  protected roundClean(): void {
    words.fill(0);
  }

  destroy(): void {
    this.destroyed = true;
    this.state.fill(0);
    this.buffer.fill(0);
  }

  // What HMAC needs to keep a state that has read its key.
  override _cloneInto(to: SM3 = new SM3()): SM3 {
    to.state.set(this.state);
    to.buffer.set(this.buffer);
    to.pos = this.pos;
    to.length = this.length;
    to.finished = this.finished;
    to.destroyed = this.destroyed;
    return to;
  }
}

/** SM3 of a byte string: 32 bytes. */
export const sm3 = createHasher(() => new SM3());
