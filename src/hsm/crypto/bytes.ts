/** `a XOR b`, as long as `a`; `b` is at least as long. */
export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(a.length);
  for (let i = 0; i < a.length; i++) out[i] = (a[i] as number) ^ (b[i] as number);
  return out;
}

/** Each byte with odd parity in its lowest bit (DES keys). */
export function oddParity(key: Uint8Array): Buffer {
  const out = Buffer.from(key);
  for (let i = 0; i < out.length; i++) {
    let byte = (out[i] as number) >> 1;
    byte ^= byte >> 4;
    byte ^= byte >> 2;
    byte ^= byte >> 1;
    out[i] = ((out[i] as number) & 0xfe) | (~byte & 1);
  }
  return out;
}
