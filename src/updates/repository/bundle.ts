import { Type } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { readCustom, TARGET_PATH } from '../format/index.ts';
import { object, reader } from '../format/names.ts';
import { jsonOf, type PublicKey, type SigningKey } from './keys.ts';
import {
  demandSigned,
  keyMap,
  LIFE_MS,
  readRoot,
  readTargets,
  roleOfPath,
  signed,
  type Root,
  type Signed,
  type Targets,
} from './metadata.ts';

/** A file that goes between the gateway and the machine where the offline keys are: metadata that is to be signed, and what is in
 *  force, against which a person sees what would change. No secret is in it. */

export interface Bundle {
  /** In force; undefined before the first publication. */
  readonly trusted: { readonly root?: Signed<Root>; readonly roles: Readonly<Record<string, Signed<Targets>>> };
  /** To be signed: a root, and roles of targets by name. */
  readonly root?: Signed<Root>;
  readonly roles: Readonly<Record<string, Signed<Targets>>>;
}

const roles = Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_-]{0,120}$' }), Type.Unknown());
const File = object({
  format: Type.Literal('kalabarg-update-bundle/1'),
  trusted: object({ root: Type.Optional(Type.Unknown()), roles }),
  root: Type.Optional(Type.Unknown()),
  roles,
});
const readFile = reader('bundle of updates', File);

export function bundleText(bundle: Bundle): string {
  return `${JSON.stringify({ format: 'kalabarg-update-bundle/1', ...bundle }, undefined, 1)}\n`;
}

/** @throws GatewayError `updates.malformed` */
export function readBundle(text: string): Bundle {
  const file = readFile(jsonOf(text, 'bundle of updates'));
  const each = (of: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [name, readTargets(value)]));
  return {
    trusted: {
      ...(file.trusted.root === undefined ? {} : { root: readRoot(file.trusted.root) }),
      roles: each(file.trusted.roles),
    },
    ...(file.root === undefined ? {} : { root: readRoot(file.root) }),
    roles: each(file.roles),
  };
}

/** Signs with one key whatever is its to sign.
 *  @returns the bundle, and which roles were signed
 *  @throws GatewayError `updates.not-yours` where the key has nothing to sign */
export function signBundle(
  bundle: Bundle,
  key: SigningKey,
): { readonly bundle: Bundle; readonly roles: readonly string[] } {
  const { root, roles: staged } = bundle;
  const done: string[] = [];
  const may = (keyids: readonly string[] | undefined): boolean => keyids?.includes(key.keyid) === true;
  // a new root is signed by those who go, too
  const signsRoot =
    root !== undefined && (may(root.signed.roles.root.keyids) || may(bundle.trusted.root?.signed.roles.root.keyids));
  if (signsRoot) done.push('root');
  const roles = Object.fromEntries(
    Object.entries(staged).map(([name, metadata]) => {
      if (!may(keyidsOf(bundle, name))) return [name, metadata];
      done.push(name);
      return [name, signed(metadata.signed, [key], metadata.signatures)];
    }),
  );
  if (done.length === 0)
    throw new GatewayError(
      'updates.not-yours',
      'This key signs nothing of the bundle: take the key of one of its roles.',
    );
  const renewed = signsRoot
    ? { root: signed(root.signed, [key], root.signatures) }
    : root === undefined
      ? {}
      : { root };
  return { bundle: { trusted: bundle.trusted, ...renewed, roles }, roles: done };
}

/** Whose signatures a role of targets needs, by what is in force together with what is in the bundle. */
function keyidsOf(bundle: Bundle, name: string): readonly string[] | undefined {
  const root = bundle.root ?? bundle.trusted.root;
  if (name === 'targets') return root?.signed.roles.targets.keyids;
  const targets = bundle.roles['targets'] ?? bundle.trusted.roles['targets'];
  return targets?.signed.delegations?.roles.find((each) => each.name === name)?.keyids;
}

/** Checks a signed bundle against what is in force, as a device will.
 *  @returns what is in force after it: the root and every role
 *  @throws GatewayError `updates.unsigned`, `updates.version`, `updates.life`, `updates.path`, `updates.counter`, `updates.malformed` */
export function checkBundle(
  bundle: Bundle,
  trusted: Bundle['trusted'],
  now: number,
): { readonly root: Signed<Root>; readonly roles: Readonly<Record<string, Signed<Targets>>> } {
  const root = bundle.root ?? trusted.root;
  if (root === undefined)
    throw new GatewayError('updates.none', 'There is no root yet: publish the bundle of kalabarg updates init first.');
  if (bundle.root !== undefined) {
    demandNext('root', bundle.root.signed.version, trusted.root?.signed.version);
    if (trusted.root !== undefined) demandSigned(trusted.root, 'root', bundle.root);
    demandSigned(bundle.root, 'root', bundle.root);
    demandLife('root', 'root', bundle.root.signed.expires, now);
  }
  const all = { ...trusted.roles, ...bundle.roles };
  const targets = all['targets'];
  if (targets === undefined)
    throw new GatewayError('updates.none', 'There are no targets: the bundle must bring them.');
  const delegated = new Set(targets.signed.delegations?.roles.map(({ name }) => name));
  // of a role whose delegation was taken back nothing is in force
  const roles = Object.fromEntries(Object.entries(all).filter(([name]) => name === 'targets' || delegated.has(name)));
  for (const [name, metadata] of Object.entries(roles)) {
    // all of it, not only what is new: a key that was taken away speaks for nothing any more
    demandSigned(name === 'targets' ? root : targets, name, metadata);
    if (bundle.roles[name] === undefined) continue;
    demandNext(name, metadata.signed.version, trusted.roles[name]?.signed.version);
    demandLife(name, 'targets', metadata.signed.expires, now);
    demandTargets(name, metadata.signed, trusted.roles[name]?.signed);
  }
  for (const name of delegated)
    if (roles[name] === undefined)
      throw new GatewayError('updates.none', `The role ${name} is delegated, and nothing of it is there.`);
  return { root, roles };
}

function demandNext(role: string, version: number, before = 0): void {
  if (version === before + 1) return;
  throw new GatewayError(
    'updates.version',
    `${role} has version ${version}; what is in force has ${before}, so ${before + 1} comes next. Stage again: something else was published meanwhile.`,
  );
}

function demandLife(role: string, kind: keyof typeof LIFE_MS, expires: string, now: number): void {
  const left = Date.parse(expires) - now;
  if (left > 0 && left <= LIFE_MS[kind] + 60_000) return;
  throw new GatewayError(
    'updates.life',
    `${role} ends at ${expires}: that is past, or more than ${LIFE_MS[kind] / 86_400_000} days ahead.`,
  );
}

function demandTargets(role: string, { targets, delegations }: Targets, before: Targets | undefined): void {
  const most = new Map<string, number>();
  for (const [path, { custom }] of Object.entries(before?.targets ?? {})) {
    const { component, profile, releaseCounter } = readCustom(custom);
    const line = `${role} ${component} ${profile}`;
    most.set(line, Math.max(most.get(line) ?? 0, releaseCounter));
    if (
      targets[path] !== undefined &&
      JSON.stringify(targets[path].hashes) !== JSON.stringify(before?.targets[path]?.hashes)
    )
      throw new GatewayError(
        'updates.path',
        `${path} was published with other bytes: a release has a path of its own.`,
      );
  }
  for (const [path, { custom }] of Object.entries(targets)) {
    if (!TARGET_PATH.test(path) || roleOfPath(path) !== role)
      throw new GatewayError('updates.path', `${path} is not a path of ${role}.`);
    const { component, profile, releaseCounter } = readCustom(custom);
    const least = most.get(`${role} ${component} ${profile}`) ?? 0;
    if (before?.targets[path] === undefined && releaseCounter <= least)
      throw new GatewayError(
        'updates.counter',
        `${path} has counter ${releaseCounter}; ${least} was published already. Going back is a new release with the old content.`,
      );
  }
  if (role !== 'targets' && delegations !== undefined)
    throw new GatewayError('updates.path', `${role} delegates on, which no role of ours does.`);
}

/** The first metadata: a root with keys of every role, targets with their delegations, and each delegated role, empty.
 *  @param keys public ones; `lines`: role → its key */
export function firstBundle(
  keys: {
    readonly root: readonly PublicKey[];
    readonly targets: PublicKey;
    readonly online: Readonly<Record<'snapshot' | 'timestamp' | 'director', PublicKey>>;
    readonly lines: readonly { readonly name: string; readonly paths: readonly string[]; readonly key: PublicKey }[];
  },
  {
    expires,
    specVersion,
  }: { readonly expires: Readonly<Record<'root' | 'targets', string>>; readonly specVersion: string },
): Bundle {
  const ids = (...of: PublicKey[]) => Object.keys(keyMap(of));
  const { online, lines } = keys;
  const root: Root = {
    _type: 'root',
    spec_version: specVersion,
    version: 1,
    expires: expires.root,
    consistent_snapshot: true,
    keys: keyMap([...keys.root, keys.targets, online.snapshot, online.timestamp, online.director]),
    roles: {
      root: { keyids: ids(...keys.root), threshold: Math.min(2, keys.root.length) },
      targets: { keyids: ids(keys.targets), threshold: 1 },
      snapshot: { keyids: ids(online.snapshot), threshold: 1 },
      timestamp: { keyids: ids(online.timestamp), threshold: 1 },
    },
    'x-director': { keyids: ids(online.director), threshold: 1 },
  };
  const empty = {
    _type: 'targets' as const,
    spec_version: specVersion,
    version: 1,
    expires: expires.targets,
    targets: {},
  };
  const targets: Targets = {
    ...empty,
    delegations: {
      keys: keyMap(lines.map(({ key }) => key)),
      roles: lines.map(({ name, paths, key }) => ({
        name,
        keyids: ids(key),
        threshold: 1,
        terminating: true,
        paths: [...paths],
      })),
    },
  };
  const unsigned = (body: Targets): Signed<Targets> => ({ signed: body, signatures: [] });
  return {
    trusted: { roles: {} },
    root: { signed: root, signatures: [] },
    roles: { targets: unsigned(targets), ...Object.fromEntries(lines.map(({ name }) => [name, unsigned(empty)])) },
  };
}

/** What would change, in words for whoever signs. */
export function describeBundle(bundle: Bundle): string[] {
  const lines: string[] = [];
  if (bundle.root !== undefined) {
    const { version, expires, roles } = bundle.root.signed;
    lines.push(`root ${version}, until ${expires}: ${roles.root.threshold} of ${roles.root.keyids.length} keys`);
    const before = new Set(Object.keys(bundle.trusted.root?.signed.keys ?? {}));
    const after = new Set(Object.keys(bundle.root.signed.keys));
    for (const id of after) if (!before.has(id)) lines.push(`  new key ${id}`);
    for (const id of before) if (!after.has(id)) lines.push(`  key ${id} is taken away`);
  }
  for (const [name, { signed: body }] of Object.entries(bundle.roles)) {
    const before = bundle.trusted.roles[name]?.signed;
    lines.push(`${name} ${body.version}, until ${body.expires}`);
    for (const [path, target] of Object.entries(body.targets))
      if (before?.targets[path] === undefined) {
        const { releaseCounter, textEn, approvals } = readCustom(target.custom);
        lines.push(
          `  new: ${path}, release ${releaseCounter}, ${target.length} bytes, SHA-256 ${target.hashes.sha256}`,
        );
        lines.push(`       ${textEn} (${approvals.join(', ')})`);
      }
    for (const path of Object.keys(before?.targets ?? {}))
      if (body.targets[path] === undefined) lines.push(`  goes: ${path}`);
    const delegated = (of: Targets | undefined) =>
      new Map(of?.delegations?.roles.map((role) => [role.name, role.keyids.join(' ')]));
    const [was, is] = [delegated(before), delegated(body)];
    for (const [role, keyids] of is) if (was.get(role) !== keyids) lines.push(`  ${role} is signed by ${keyids}`);
    for (const role of was.keys()) if (!is.has(role)) lines.push(`  ${role} is delegated to nobody any more`);
  }
  return lines;
}
