import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { canonicalJson } from './canonical.ts';
import * as names from './names.ts';
import { bytes, counter, hex, instant, object, oneOf, reader, targetPath, text } from './names.ts';

/** What this one device shall install, signed online (Uptane's director). */

const clock = Type.String({ pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$' });

const Item = object({
  action: oneOf(names.ACTIONS),
  file: targetPath,
  length: bytes,
  sha256: hex(32),
  sha512: hex(64),
  releaseCounter: counter,
  trigger: oneOf(names.TRIGGERS),
  notBefore: instant,
  /** Local times of day between which it may be installed; `from` after `to` goes over midnight. */
  window: object({ from: clock, to: clock, timeZone: Type.Literal('Asia/Tehran') }),
  retry: object({
    max: Type.Integer({ minimum: 0, maximum: 100 }),
    everyS: Type.Integer({ minimum: 1, maximum: 86_400 }),
  }),
  errorAction: oneOf(names.ERROR_ACTIONS),
  conditions: object({
    noQueuedReversals: Type.Boolean(),
    batteryMin: Type.Integer({ minimum: 0, maximum: 100 }),
    idleS: Type.Integer({ minimum: 0, maximum: 86_400 }),
  }),
});
/** What to do with one component. */
export type DirectorItem = Static<typeof Item>;

const Director = object({
  _type: Type.Literal('director'),
  specVersion: Type.Literal('1'),
  serial: Type.String({ pattern: names.SERIAL.source }),
  /** DE 41 */
  terminal: Type.String({ pattern: '^[0-9]{8}$' }),
  /** Rises with every change for this device. */
  version: counter,
  /** The metadata that it goes with: that of tag 16. */
  timestampVersion: counter,
  expires: instant,
  /** What the device asked with; without it, empty. */
  nonce: Type.String({ pattern: '^(?:[0-9a-f]{2}){0,32}$' }),
  /** Component → what to do. What is not named stays as it is. */
  components: object({
    menu: Type.Optional(Item),
    goods: Type.Optional(Item),
    params: Type.Optional(Item),
    firmware: Type.Optional(Item),
  }),
  /** A stop (terminals.md 3, rollouts 6): nothing is downloaded or installed while it is true. */
  halted: Type.Boolean(),
});
export type Director = Static<typeof Director>;

const Signed = object({
  signed: Director,
  signatures: Type.Array(object({ keyid: hex(32), sig: Type.String({ pattern: '^[0-9a-f]{16,1024}$' }) }), {
    minItems: 1,
    maxItems: 8,
  }),
});
export type SignedDirector = Static<typeof Signed>;

/** @throws GatewayError `updates.malformed` */
const readSigned: (value: unknown) => SignedDirector = reader('instruction of a director', Signed);

/** The longest instruction. */
export const MOST_DIRECTOR_BYTES = 16_384;

/** The director's keys in a root's `signed`: a field of its own beside the four roles, so that clients of TUF pass over it. */
const DirectorRole = Type.Object({
  keys: Type.Record(Type.String(), Type.Object({ keyval: Type.Object({ public: text(2_000) }) })),
  'x-director': object({
    keyids: Type.Array(hex(32), { minItems: 1, maxItems: 8 }),
    threshold: Type.Integer({ minimum: 1 }),
  }),
});
type DirectorRole = Static<typeof DirectorRole>;
const readRole: (value: unknown) => DirectorRole = reader('root with a director', DirectorRole);

/** @param sign Ed25519 over the instruction in canonical JSON; hex */
export function signDirector(signed: Director, keyid: string, sign: (data: Buffer) => string): SignedDirector {
  return { signed, signatures: [{ keyid, sig: sign(canonicalJson(signed)) }] };
}

/** Reads an instruction that is for this device, signed as the trusted root wants it, not older than the one before, and not
 *  expired.
 *  @param json as it came
 *  @param root `signed` of the root that the client of TUF trusts
 *  @param has what the device knows: `version` of the last instruction, `nonce` that it asked with, its time (ms)
 *  @throws GatewayError `updates.malformed`, `updates.forged`, `updates.rollback`, `updates.expired` */
export function verifyDirector(
  json: unknown,
  root: unknown,
  has: { readonly serial: string; readonly version: number; readonly nonce?: string | undefined; readonly now: number },
): Director {
  const { signed, signatures } = readSigned(json);
  const role = readRole(root);
  const { keyids, threshold } = role['x-director'];
  const data = canonicalJson(signed);
  const good = new Set(
    signatures
      .filter(({ keyid }) => keyids.includes(keyid))
      .filter(({ keyid, sig }) => holds(data, sig, role.keys[keyid]?.keyval.public))
      .map(({ keyid }) => keyid),
  );
  if (good.size < threshold)
    throw new GatewayError('updates.forged', `The instruction is signed by ${good.size} of ${threshold} keys.`);
  if (signed.serial !== has.serial)
    throw new GatewayError('updates.forged', `The instruction is for ${signed.serial}, not for ${has.serial}.`);
  if (has.nonce !== undefined && signed.nonce !== has.nonce)
    throw new GatewayError('updates.forged', 'The instruction does not answer this question: its nonce is another.');
  if (signed.version < has.version)
    throw new GatewayError(
      'updates.rollback',
      `The instruction has version ${signed.version}; version ${has.version} was seen already.`,
    );
  if (Date.parse(signed.expires) <= has.now)
    throw new GatewayError('updates.expired', `The instruction ended at ${signed.expires}: nothing is updated by it.`);
  return signed;
}

/** Ed25519, with the key as TUF keeps it: 64 hex digits. */
function holds(data: Buffer, sig: string, publicHex: string | undefined): boolean {
  if (publicHex === undefined || !/^[0-9a-f]{64}$/.test(publicHex)) return false;
  return verify(null, data, ed25519Key(publicHex), Buffer.from(sig, 'hex'));
}

/** @param publicHex 64 hex digits, as a root keeps an Ed25519 key */
function ed25519Key(publicHex: string): KeyObject {
  const x = Buffer.from(publicHex, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
