import { Metadata, MetadataKind } from '@tufjs/models';
import { Type, type Static } from 'typebox';
import { DAY_MS } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { canonicalJson } from '../format/index.ts';
import { counter, hex, instant, object, reader } from '../format/names.ts';
import { keyidOf, type PublicKey, type SigningKey } from './keys.ts';

/** Metadata of TUF 1.0 as we write it. It is read again, and its signatures are checked, by @tufjs/models. */

export const SPEC_VERSION = '1.0.31';

/** How long each may live, the shortest last: what is offline outlives what is renewed by itself. */
export const LIFE_MS: Readonly<Record<'root' | 'targets' | 'snapshot' | 'timestamp', number>> = {
  root: 365 * DAY_MS,
  targets: 90 * DAY_MS,
  snapshot: 7 * DAY_MS,
  timestamp: DAY_MS,
};

const key = object({
  keytype: Type.Literal('ed25519'),
  scheme: Type.Literal('ed25519'),
  keyval: object({ public: hex(32) }),
});
const keys = Type.Record(Type.String({ pattern: '^[0-9a-f]{64}$' }), key);
const keyids = Type.Array(hex(32), { minItems: 1, maxItems: 16, uniqueItems: true });
const threshold = Type.Integer({ minimum: 1, maximum: 16 });
const role = object({ keyids, threshold });
const shared = { spec_version: Type.String({ pattern: '^1\\.' }), version: counter, expires: instant };

const Root = object({
  _type: Type.Literal('root'),
  ...shared,
  consistent_snapshot: Type.Literal(true),
  keys,
  roles: object({ root: role, targets: role, snapshot: role, timestamp: role }),
  'x-director': role,
});
export type Root = Static<typeof Root>;

const Delegation = object({
  name: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,120}$' }),
  keyids,
  threshold,
  terminating: Type.Literal(true),
  paths: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 8 }),
});
export type Delegation = Static<typeof Delegation>;
const Target = object({
  length: Type.Integer({ minimum: 0, maximum: 99_999_999 }),
  hashes: object({ sha256: hex(32), sha512: hex(64) }),
  custom: Type.Object({}),
});
export type Target = Static<typeof Target>;
const Targets = object({
  _type: Type.Literal('targets'),
  ...shared,
  targets: Type.Record(Type.String(), Target),
  delegations: Type.Optional(object({ keys, roles: Type.Array(Delegation, { maxItems: 500 }) })),
});
export type Targets = Static<typeof Targets>;

const signatures = Type.Array(object({ keyid: hex(32), sig: Type.String({ pattern: '^[0-9a-f]{2,1024}$' }) }), {
  maxItems: 16,
});
export interface Signed<Body> {
  readonly signed: Body;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}
const SignedRoot = object({ signed: Root, signatures });
const SignedTargets = object({ signed: Targets, signatures });
/** @throws GatewayError `updates.malformed` */
export const readRoot: (value: unknown) => Signed<Root> = reader('root', SignedRoot);
/** @throws GatewayError `updates.malformed` */
export const readTargets: (value: unknown) => Signed<Targets> = reader('list of targets', SignedTargets);

/** Roles of targets: what is delegated to whom, by the path of a target. */
export interface Line {
  readonly name: string;
  readonly paths: readonly string[];
}
export function lineOf(component: string, psp?: string, model?: string): Line {
  if (component !== 'firmware') return { name: component, paths: [`${component}/*`] };
  return { name: `firmware-${psp ?? ''}-${model ?? ''}`, paths: [`firmware/${psp ?? ''}/${model ?? ''}/*`] };
}

/** The role whose word a target's path is. */
export function roleOfPath(path: string): string {
  const [component = '', psp, model] = path.split('/');
  return lineOf(component, psp, model).name;
}

export function expiryOf(kind: keyof typeof LIFE_MS, now: number): string {
  return isoOf(now + LIFE_MS[kind]);
}

/** Whole seconds, as TUF writes instants. */
export function isoOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

export function keyMap(of: readonly PublicKey[]): Record<string, PublicKey> {
  return Object.fromEntries(of.map((each) => [keyidOf(each), each]));
}

/** Adds a signature, or makes that of the same key anew. */
export function signed<Body>(
  body: Body,
  by: readonly SigningKey[],
  before: Signed<Body>['signatures'] = [],
): Signed<Body> {
  const data = canonicalJson(body);
  const others = before.filter(({ keyid }) => !by.some((each) => each.keyid === keyid));
  return { signed: body, signatures: [...others, ...by.map((each) => ({ keyid: each.keyid, sig: each.sign(data) }))] };
}

/** Whether `delegator` (a root, or targets) vouches for `metadata` in that role, by enough of its keys.
 *  @throws GatewayError `updates.unsigned`, saying how many signatures are there */
export function demandSigned(
  delegator: Signed<Root> | Signed<Targets>,
  role: string,
  metadata: Signed<Root> | Signed<Targets>,
): void {
  try {
    parsed(delegator).verifyDelegate(role, parsed(metadata));
  } catch (cause) {
    throw new GatewayError('updates.unsigned', `${role} is not signed as it must be: ${messageOf(cause)}.`, { cause });
  }
}

function parsed(metadata: Signed<Root> | Signed<Targets>) {
  const json = JSON.parse(JSON.stringify(metadata)) as Parameters<typeof Metadata.fromJSON>[1];
  return metadata.signed._type === 'root'
    ? Metadata.fromJSON(MetadataKind.Root, json)
    : Metadata.fromJSON(MetadataKind.Targets, json);
}
