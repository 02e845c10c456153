import { GatewayError } from '../../ops/errors.ts';
import type { Bundle } from './bundle.ts';
import { keyidOf, type PublicKey } from './keys.ts';
import { expiryOf, type Root, type Signed, type Targets } from './metadata.ts';
import type { Trusted } from './store.ts';

/** Another key for a role: after a loss, a theft, or in turn. Of root and the online roles it is a new root; of a delegated role, new
 *  targets. What the old key signed is signed again with it: `checkBundle` refuses what only a key that is gone speaks for. */

export interface Rekey {
  readonly role: string;
  /** Key ids that speak for the role no more. */
  readonly remove: readonly string[];
  readonly add: readonly PublicKey[];
}

const TOP = ['root', 'targets', 'snapshot', 'timestamp', 'director'] as const;
type Top = (typeof TOP)[number];

/** @throws GatewayError `updates.none`, `updates.rekey` */
export function rekey(trusted: Trusted, changes: readonly Rekey[], now: number): Bundle {
  const { root } = trusted;
  const targets = trusted.roles['targets'];
  if (root === undefined || targets === undefined)
    throw new GatewayError('updates.none', 'There is no root yet: publish the bundle of kalabarg updates init first.');
  let newRoot: Root | undefined;
  let newTargets: Targets | undefined;
  const again = new Set<string>();
  for (const change of changes) {
    again.add(change.role);
    if (isTop(change.role)) newRoot = rootWith(newRoot ?? nextRoot(root, now), change.role, change);
    else newTargets = targetsWith(newTargets ?? nextTargets(targets, now), change);
  }
  const roles: Record<string, Signed<Targets>> = {};
  // who may speak for targets is another: they are signed again, and so is the delegated role whose key is another
  if (newTargets !== undefined || again.has('targets'))
    roles['targets'] = { signed: newTargets ?? nextTargets(targets, now), signatures: [] };
  for (const name of again) {
    if (isTop(name)) continue;
    const before = trusted.roles[name];
    const body = before === undefined ? emptyTargets(targets, now) : nextTargets(before, now);
    roles[name] = { signed: body, signatures: [] };
  }
  return { trusted, ...(newRoot === undefined ? {} : { root: { signed: newRoot, signatures: [] } }), roles };
}

/** A root that only lives longer.
 *  @throws GatewayError `updates.none` */
export function renewedRoot(trusted: Trusted, now: number): Bundle {
  if (trusted.root === undefined) throw new GatewayError('updates.none', 'There is no root yet.');
  return { trusted, root: { signed: nextRoot(trusted.root, now), signatures: [] }, roles: {} };
}

function isTop(role: string): role is Top {
  return (TOP as readonly string[]).includes(role);
}

function nextRoot({ signed }: Signed<Root>, now: number): Root {
  return { ...signed, version: signed.version + 1, expires: expiryOf('root', now) };
}

function nextTargets({ signed }: Signed<Targets>, now: number): Targets {
  return { ...signed, version: signed.version + 1, expires: expiryOf('targets', now) };
}

function emptyTargets({ signed: { spec_version } }: Signed<Targets>, now: number): Targets {
  return { _type: 'targets', spec_version, version: 1, expires: expiryOf('targets', now), targets: {} };
}

function rootWith(root: Root, role: Top, change: Rekey): Root {
  const now = role === 'director' ? root['x-director'] : root.roles[role];
  const threshold = role === 'root' ? 2 : 1;
  const keyids = changed(role, now.keyids, change, threshold);
  const roles = role === 'director' ? root.roles : { ...root.roles, [role]: { keyids, threshold } };
  const director = role === 'director' ? { keyids, threshold } : root['x-director'];
  const used = new Set([...Object.values(roles).flatMap((each) => each.keyids), ...director.keyids]);
  return { ...root, roles, 'x-director': director, keys: usedKeys(root.keys, change.add, used) };
}

function targetsWith(targets: Targets, change: Rekey): Targets {
  const delegations = targets.delegations ?? { keys: {}, roles: [] };
  const before = delegations.roles.find(({ name }) => name === change.role);
  const keyids = changed(change.role, before?.keyids ?? [], change, 1);
  const role = before ?? { name: change.role, threshold: 1, terminating: true as const, paths: [pathsOf(change.role)] };
  const roles = [...delegations.roles.filter(({ name }) => name !== change.role), { ...role, keyids }];
  const used = new Set(roles.flatMap((each) => each.keyids));
  return { ...targets, delegations: { keys: usedKeys(delegations.keys, change.add, used), roles } };
}

/** `firmware-acme-px100`: neither PSP nor model has a hyphen of its own in a delegated name. */
export function pathsOf(role: string): string {
  if (['menu', 'goods', 'params'].includes(role)) return `${role}/*`;
  const [, psp, model] = /^firmware-([a-z0-9_]+)-([a-z0-9][a-z0-9_-]*)$/.exec(role) ?? [];
  if (psp !== undefined && model !== undefined) return `firmware/${psp}/${model}/*`;
  throw new GatewayError(
    'updates.rekey',
    `"${role}" is no role: root, targets, snapshot, timestamp, director, menu, goods, params, or firmware-<psp>-<model>.`,
  );
}

function changed(role: string, before: readonly string[], { remove, add }: Rekey, threshold: number): string[] {
  const unknown = remove.find((id) => !before.includes(id));
  if (unknown !== undefined)
    throw new GatewayError('updates.rekey', `${unknown} is no key of ${role}: it has ${before.join(', ')}.`);
  const after = [...new Set([...before.filter((id) => !remove.includes(id)), ...add.map(keyidOf)])];
  if (after.length >= threshold) return after;
  throw new GatewayError(
    'updates.rekey',
    `${role} needs ${threshold} keys, and would have ${after.length}: give another with --add.`,
  );
}

function usedKeys(
  before: Readonly<Record<string, PublicKey>>,
  add: readonly PublicKey[],
  used: ReadonlySet<string>,
): Record<string, PublicKey> {
  const all = { ...before, ...Object.fromEntries(add.map((key) => [keyidOf(key), key])) };
  return Object.fromEntries(Object.entries(all).filter(([id]) => used.has(id)));
}
