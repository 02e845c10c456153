import { PC1_TABLE, PC2_TABLE, SP } from './des-tables.ts';

/** DES and TDES with key schedules made once. OpenSSL 3 has no single DES, and a call into it costs more than the
 *  few blocks of a PIN or a MAC: bench/hsm shows both. Source: FIPS 46-3, NIST SP 800-67.
 *
 *  A schedule is 32 words a DES: per round, the groups for S1 S3 S5 S7 and those for S2 S4 S6 S8. */
export type Schedule = Int32Array;

const ROUND_WORDS = 32;
/** Rounds in which C and D rotate by one; by two in all others. */
const SINGLE_SHIFTS = 0b1000000100000011;

/** @param key 8 bytes at `offset`; parity bits are ignored */
export function desSchedule(key: Uint8Array, offset = 0): Schedule {
  const schedule = new Int32Array(ROUND_WORDS);
  fillSchedule(schedule, 0, key, offset, false);
  return schedule;
}

/** The schedules of a TDES key, encrypting (E K1, D K2, E K3) and decrypting, 96 words each.
 *  @param key 16 bytes (K3 = K1) or 24 */
export function tdesSchedules(key: Uint8Array): { readonly encrypt: Schedule; readonly decrypt: Schedule } {
  const third = key.length === 24 ? 16 : 0;
  const encrypt = new Int32Array(3 * ROUND_WORDS);
  const decrypt = new Int32Array(3 * ROUND_WORDS);
  fillSchedule(encrypt, 0, key, 0, false);
  fillSchedule(encrypt, 32, key, 8, true);
  fillSchedule(encrypt, 64, key, third, false);
  fillSchedule(decrypt, 0, key, third, true);
  fillSchedule(decrypt, 32, key, 8, false);
  fillSchedule(decrypt, 64, key, 0, true);
  return { encrypt, decrypt };
}

function fillSchedule(schedule: Schedule, at: number, key: Uint8Array, offset: number, reversed: boolean): void {
  let c = 0;
  let d = 0;
  for (let i = 0; i < 8; i++) {
    const entry = (i * 256 + (key[offset + i] as number)) * 2;
    c |= PC1_TABLE[entry] as number;
    d |= PC1_TABLE[entry + 1] as number;
  }
  for (let round = 0; round < 16; round++) {
    const shift = (SINGLE_SHIFTS >> round) & 1 ? 1 : 2;
    c = ((c << shift) | (c >>> (28 - shift))) & 0x0fffffff;
    d = ((d << shift) | (d >>> (28 - shift))) & 0x0fffffff;
    let odd = 0;
    let even = 0;
    for (let chunk = 0; chunk < 4; chunk++) {
      const drop = 21 - 7 * chunk;
      const fromC = (chunk * 128 + ((c >>> drop) & 127)) * 2;
      const fromD = ((chunk + 4) * 128 + ((d >>> drop) & 127)) * 2;
      odd |= (PC2_TABLE[fromC] as number) | (PC2_TABLE[fromD] as number);
      even |= (PC2_TABLE[fromC + 1] as number) | (PC2_TABLE[fromD + 1] as number);
    }
    const slot = at + 2 * (reversed ? 15 - round : round);
    schedule[slot] = odd;
    schedule[slot + 1] = even;
  }
}

/** The sixteen rounds of each DES of the schedule. The permutations between them cancel, and a CBC may chain on the state
 *  itself: the initial permutation is linear, so only what leaves is permuted. */
function runRounds(state: Int32Array, schedule: Schedule): void {
  let left = state[0] as number;
  let right = state[1] as number;
  for (let at = 0; at < schedule.length; at += ROUND_WORDS) {
    for (let k = at; k < at + ROUND_WORDS; k += 4) {
      left ^= roundFunction(right, schedule[k] as number, schedule[k + 1] as number);
      right ^= roundFunction(left, schedule[k + 2] as number, schedule[k + 3] as number);
    }
    // The halves swap at the end of each DES.
    const swap = left;
    left = right;
    right = swap;
  }
  state[0] = left;
  state[1] = right;
}

function roundFunction(half: number, oddKey: number, evenKey: number): number {
  const odd = ((half << 28) | (half >>> 4)) ^ oddKey;
  const even = half ^ evenKey;
  return (
    (SP[(odd >>> 24) & 63] as number) ^
    (SP[64 + ((even >>> 24) & 63)] as number) ^
    (SP[128 + ((odd >>> 16) & 63)] as number) ^
    (SP[192 + ((even >>> 16) & 63)] as number) ^
    (SP[256 + ((odd >>> 8) & 63)] as number) ^
    (SP[320 + ((even >>> 8) & 63)] as number) ^
    (SP[384 + (odd & 63)] as number) ^
    (SP[448 + (even & 63)] as number)
  );
}

/** Initial permutation of eight bytes into `state`, XORed to it; both halves rotated left by one. */
function absorb(state: Int32Array, data: Uint8Array, at: number): void {
  let l = word(data, at);
  let r = word(data, at + 4);
  let t = ((l >>> 4) ^ r) & 0x0f0f0f0f;
  r ^= t;
  l ^= t << 4;
  t = ((l >>> 16) ^ r) & 0x0000ffff;
  r ^= t;
  l ^= t << 16;
  t = ((r >>> 2) ^ l) & 0x33333333;
  l ^= t;
  r ^= t << 2;
  t = ((r >>> 8) ^ l) & 0x00ff00ff;
  l ^= t;
  r ^= t << 8;
  t = ((l >>> 1) ^ r) & 0x55555555;
  r ^= t;
  l ^= t << 1;
  state[0] = (state[0] as number) ^ ((l << 1) | (l >>> 31));
  state[1] = (state[1] as number) ^ ((r << 1) | (r >>> 31));
}

/** The final permutation of `state` into eight bytes. */
function release(state: Int32Array, out: Uint8Array, at: number): void {
  let l = state[0] as number;
  let r = state[1] as number;
  l = (l >>> 1) | (l << 31);
  r = (r >>> 1) | (r << 31);
  let t = ((l >>> 1) ^ r) & 0x55555555;
  r ^= t;
  l ^= t << 1;
  t = ((r >>> 8) ^ l) & 0x00ff00ff;
  l ^= t;
  r ^= t << 8;
  t = ((r >>> 2) ^ l) & 0x33333333;
  l ^= t;
  r ^= t << 2;
  t = ((l >>> 16) ^ r) & 0x0000ffff;
  r ^= t;
  l ^= t << 16;
  t = ((l >>> 4) ^ r) & 0x0f0f0f0f;
  r ^= t;
  l ^= t << 4;
  store(out, at, l);
  store(out, at + 4, r);
}

function word(data: Uint8Array, at: number): number {
  return (
    ((data[at] as number) << 24) |
    ((data[at + 1] as number) << 16) |
    ((data[at + 2] as number) << 8) |
    (data[at + 3] as number)
  );
}

function store(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

const BLOCK = 8;

/** ECB of every block of `data` (a multiple of 8 bytes). Whether it encrypts is a matter of the schedule. */
export function desEcb(schedule: Schedule, data: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(data.length);
  const state = new Int32Array(2);
  for (let at = 0; at < data.length; at += BLOCK) {
    state.fill(0);
    absorb(state, data, at);
    runRounds(state, schedule);
    release(state, out, at);
  }
  return out;
}

/** CBC encryption of whole blocks. */
export function desCbcEncrypt(schedule: Schedule, data: Uint8Array, iv: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(data.length);
  const state = new Int32Array(2);
  absorb(state, iv, 0);
  for (let at = 0; at < data.length; at += BLOCK) {
    absorb(state, data, at);
    runRounds(state, schedule);
    release(state, out, at);
  }
  return out;
}

/** CBC decryption of whole blocks. */
export function desCbcDecrypt(schedule: Schedule, data: Uint8Array, iv: Uint8Array): Buffer {
  const out = desEcb(schedule, data);
  for (let at = 0; at < out.length; at++) {
    const chain = at < BLOCK ? iv[at] : data[at - BLOCK];
    out[at] = (out[at] as number) ^ (chain as number);
  }
  return out;
}

/** The last block of a CBC with a zero vector over `data`, its end filled with zeros to a whole block (at least one).
 *  @param last schedule of the last block: TDES for a retail MAC, the same one for ISO 9797-1 algorithm 1
 *  @param mask XORed to the last block before it is encrypted (the subkey of a CMAC); empty for none */
export function desCbcMac(schedule: Schedule, last: Schedule, data: Uint8Array, mask?: Uint8Array): Buffer {
  const state = new Int32Array(2);
  const lastAt = data.length === 0 ? 0 : Math.floor((data.length - 1) / BLOCK) * BLOCK;
  for (let at = 0; at < lastAt; at += BLOCK) {
    absorb(state, data, at);
    runRounds(state, schedule);
  }
  const end = new Uint8Array(BLOCK);
  end.set(data.subarray(lastAt));
  absorb(state, end, 0);
  if (mask !== undefined) absorb(state, mask, 0);
  runRounds(state, last);
  const out = Buffer.allocUnsafe(BLOCK);
  release(state, out, 0);
  return out;
}
