import { createHash } from 'node:crypto';
import { HsmError } from '../errors.ts';
import { CK, refused, type Attribute, type Handle } from './module.ts';
import type { Sessions } from './sessions.ts';

/** Key pairs of P-256 whose private half is made on the token and never leaves it: an authority's. */

/** prime256v1, as CKA_EC_PARAMS wants it: the DER of its object identifier. */
const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
/** SubjectPublicKeyInfo of P-256 (RFC 5480) before the point. */
const SPKI = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
/** 04, x and y. */
const POINT_BYTES = 65;
/** r and s. */
const SIGNATURE_BYTES = 64;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;

/** @returns the public half, SPKI in DER
 *  @throws HsmError `key.spec` for a label that is taken, `hsm.device` where the token makes no such keys */
export async function makeSigningKey(sessions: Sessions, label: string): Promise<Buffer> {
  if (!LABEL.test(label))
    throw new HsmError('key.spec', 'A label has 1 to 64 letters, digits, blanks, points or hyphens.');
  if ((await find(sessions, CK.CKO_PRIVATE_KEY, label)).length > 0)
    throw new HsmError('key.spec', `The token holds a key ${label} already.`);
  const named: Attribute[] = [
    { type: CK.CKA_TOKEN, value: true },
    { type: CK.CKA_LABEL, value: label },
    { type: CK.CKA_ID, value: createHash('sha256').update(label).digest().subarray(0, 8) },
  ];
  const open = [...named, { type: CK.CKA_VERIFY, value: true }, { type: CK.CKA_EC_PARAMS, value: P256 }];
  const secret = [
    ...named,
    { type: CK.CKA_PRIVATE, value: true },
    { type: CK.CKA_SENSITIVE, value: true },
    { type: CK.CKA_EXTRACTABLE, value: false },
    { type: CK.CKA_SIGN, value: true },
    { type: CK.CKA_DECRYPT, value: false },
    { type: CK.CKA_UNWRAP, value: false },
    { type: CK.CKA_DERIVE, value: false },
  ];
  const { cryptoki } = sessions;
  const { publicKey } = await sessions.atHome('C_GenerateKeyPair', (session) =>
    cryptoki.C_GenerateKeyPairAsync(session, { mechanism: CK.CKM_EC_KEY_PAIR_GEN }, open, secret),
  );
  const [attribute] = await sessions.atHome('C_GetAttributeValue', (session) =>
    cryptoki.C_GetAttributeValue(session, publicKey, [{ type: CK.CKA_EC_POINT }]),
  );
  return Buffer.concat([SPKI, pointOf(attribute?.value)]);
}

/** The standard wants the point in an OCTET STRING; some tokens give it bare. */
function pointOf(value: unknown): Buffer {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  const point =
    bytes.length === POINT_BYTES + 2 && bytes[0] === 0x04 && bytes[1] === POINT_BYTES ? bytes.subarray(2) : bytes;
  if (point.length === POINT_BYTES && point[0] === 0x04) return point;
  throw new HsmError('hsm.device', 'The token gave a public key that is no uncompressed point of P-256.');
}

/** @returns ECDSA over the SHA-256 of the data, in DER
 *  @throws HsmError `key.token` where the token holds no such key, or several */
export async function signBy(sessions: Sessions, label: string, data: Buffer): Promise<Buffer> {
  const [key, another] = await find(sessions, CK.CKO_PRIVATE_KEY, label);
  if (key === undefined)
    throw new HsmError('key.token', `The token holds no key ${label}: is it the one that it was made on?`);
  if (another !== undefined)
    throw new HsmError('key.token', `The token holds two keys ${label}: remove the wrong one.`);
  const { cryptoki } = sessions;
  const digest = createHash('sha256').update(data).digest();
  const raw = await sessions.run('C_Sign', (session) => {
    cryptoki.C_SignInit(session, { mechanism: CK.CKM_ECDSA }, key);
    return cryptoki.C_SignAsync(session, digest, Buffer.alloc(2 * SIGNATURE_BYTES));
  });
  if (raw.length !== SIGNATURE_BYTES) throw new HsmError('hsm.device', 'The token gave a signature of another length.');
  return derOf(raw);
}

function derOf(raw: Buffer): Buffer {
  const numbers = [raw.subarray(0, SIGNATURE_BYTES / 2), raw.subarray(SIGNATURE_BYTES / 2)].map((bytes) => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const short = bytes.subarray(first === -1 ? bytes.length - 1 : first);
    const number = (short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), short]) : short;
    return Buffer.concat([Buffer.from([0x02, number.length]), number]);
  });
  const content = Buffer.concat(numbers);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

async function find(sessions: Sessions, kind: number, label: string): Promise<Handle[]> {
  const { cryptoki } = sessions;
  const wanted = [
    { type: CK.CKA_CLASS, value: kind },
    { type: CK.CKA_LABEL, value: label },
  ];
  return sessions.atHome('C_FindObjects', (session) => {
    cryptoki.C_FindObjectsInit(session, wanted);
    try {
      return cryptoki.C_FindObjects(session, 2);
    } catch (error) {
      throw refused('C_FindObjects', error);
    } finally {
      cryptoki.C_FindObjectsFinal(session);
    }
  });
}
