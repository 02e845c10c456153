import { Metadata, MetadataKind, Signature } from '@tufjs/models';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  canonicalJson,
  deltaPath,
  makeDelta,
  type Component,
  type Director,
  type DirectorItem,
  type TargetCustom,
} from '../../../../src/updates/format/index.ts';

/** A repository of updates, every part of which a test can forge. Metadata is made and signed by @tufjs/models. */

export interface Key {
  readonly id: string;
  readonly private: KeyObject;
  readonly json: { readonly keytype: string; readonly scheme: string; readonly keyval: { readonly public: string } };
}

export function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const json = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(x, 'base64url').toString('hex') },
  };
  return { id: createHash('sha256').update(canonicalJson(json)).digest('hex'), private: privateKey, json };
}

export const NOW = Date.parse('2026-11-27T20:00:00Z'); // 23:30 in Tehran
const DAY = 86_400_000;
export const SERIAL = 'N91010000001';

export interface Release {
  readonly component: Component;
  readonly counter: number;
  readonly bytes: Buffer;
  readonly custom?: Partial<TargetCustom>;
  readonly path?: string;
}

const hashOf = (name: string, bytes: Buffer): string => createHash(name).update(bytes).digest('hex');

export class Repository {
  /** By name below `/tuf/`. */
  readonly files = new Map<string, Buffer>();
  keys = {
    root: [newKey(), newKey(), newKey()],
    targets: [newKey()],
    menu: [newKey()],
    goods: [newKey()],
    snapshot: [newKey()],
    timestamp: [newKey()],
    director: [newKey()],
  };
  versions = { root: 1, targets: 1, menu: 1, goods: 1, snapshot: 1, timestamp: 1, director: 1 };
  /** Who signs delegated targets in the place of those who may. */
  signers: Partial<Record<'menu' | 'goods', readonly Key[]>> = {};
  now = NOW;
  expires = { root: 365 * DAY, targets: 90 * DAY, snapshot: 7 * DAY, timestamp: DAY, director: DAY };
  releases: Release[] = [];
  halted = false;
  /** Component → what to install; usual: the newest release of each. */
  items: Partial<Record<Component, Partial<DirectorItem>>> = {};
  /** Changes what a director says before it is signed. */
  directorSays: (director: Director) => Director = (director) => director;
  /** Changes a role's `signed` before it is signed. */
  forge: (role: string, signed: Record<string, unknown>) => Record<string, unknown> = (_, signed) => signed;

  root(signers: readonly Key[] = this.keys.root): Buffer {
    const role = (keys: readonly Key[], threshold = 1) => ({ keyids: keys.map(({ id }) => id), threshold });
    const { root, targets, snapshot, timestamp, director } = this.keys;
    const all = [root, targets, snapshot, timestamp, director].flat();
    const signed = {
      ...this.#head('root', this.versions.root, this.expires.root),
      consistent_snapshot: true,
      keys: Object.fromEntries(all.map(({ id, json }) => [id, json])),
      roles: { root: role(root, 2), targets: role(targets), snapshot: role(snapshot), timestamp: role(timestamp) },
      'x-director': role(director),
    };
    const bytes = this.#signed(MetadataKind.Root, 'root', signed, signers);
    this.files.set(`${this.versions.root}.root.json`, bytes);
    return bytes;
  }

  /** Puts everything there, signed by whoever is to sign it. */
  publish(): void {
    const delegations = {
      keys: Object.fromEntries([...this.keys.menu, ...this.keys.goods].map(({ id, json }) => [id, json])),
      roles: (['menu', 'goods'] as const).map((name) => ({
        name,
        keyids: this.keys[name].map(({ id }) => id),
        threshold: 1,
        terminating: true,
        paths: [`${name}/*`],
      })),
    };
    const meta: Record<string, { version: number; length: number; hashes: Record<string, string> }> = {};
    for (const name of ['targets', 'menu', 'goods'] as const) {
      const targets = name === 'targets' ? {} : this.#targets(name);
      const signed = {
        ...this.#head('targets', this.versions[name], this.expires.targets),
        targets,
        ...(name === 'targets' ? { delegations } : {}),
      };
      const signers = name === 'targets' ? this.keys.targets : (this.signers[name] ?? this.keys[name]);
      const bytes = this.#signed(MetadataKind.Targets, name, signed, signers);
      this.files.set(`${this.versions[name]}.${name}.json`, bytes);
      meta[`${name}.json`] = {
        version: this.versions[name],
        length: bytes.length,
        hashes: { sha256: hashOf('sha256', bytes) },
      };
    }
    const snapshot = { ...this.#head('snapshot', this.versions.snapshot, this.expires.snapshot), meta };
    const bytes = this.#signed(MetadataKind.Snapshot, 'snapshot', snapshot, this.keys.snapshot);
    this.files.set(`${this.versions.snapshot}.snapshot.json`, bytes);
    this.timestamp(bytes);
  }

  timestamp(snapshot = this.files.get(`${this.versions.snapshot}.snapshot.json`) ?? Buffer.alloc(0)): void {
    const signed = {
      ...this.#head('timestamp', this.versions.timestamp, this.expires.timestamp),
      meta: {
        'snapshot.json': { version: this.versions.snapshot, length: snapshot.length, hashes: { sha256: hashOf('sha256', snapshot) } }, // prettier-ignore
      },
    };
    this.files.set('timestamp.json', this.#signed(MetadataKind.Timestamp, 'timestamp', signed, this.keys.timestamp));
  }

  /** A further release, everything that lists it, and the next versions. */
  release(...releases: readonly Release[]): void {
    this.releases.push(...releases);
    for (const name of ['menu', 'goods', 'snapshot', 'timestamp', 'director'] as const) this.versions[name]++;
    this.publish();
  }

  /** @param nonce as the device asks with it */
  director(nonce: string): Buffer {
    const components: Director['components'] = {};
    for (const component of ['menu', 'goods', 'params', 'firmware'] as const) {
      const newest = this.releases.filter((each) => each.component === component).at(-1);
      if (newest !== undefined) components[component] = { ...this.item(newest), ...this.items[component] };
    }
    const director = this.directorSays({
      _type: 'director',
      specVersion: '1',
      serial: SERIAL,
      terminal: '10000001',
      version: this.versions.director,
      timestampVersion: this.versions.timestamp,
      expires: isoOf(this.now + this.expires.director),
      nonce,
      components,
      halted: this.halted,
    });
    const [key = newKey()] = this.keys.director;
    const sig = sign(null, canonicalJson(director), key.private).toString('hex');
    return Buffer.from(JSON.stringify({ signed: director, signatures: [{ keyid: key.id, sig }] }));
  }

  item({ component, counter, bytes, path }: Release): DirectorItem {
    return {
      action: 'UPDT',
      file: path ?? pathOf(component, counter),
      length: bytes.length,
      sha256: hashOf('sha256', bytes),
      sha512: hashOf('sha512', bytes),
      releaseCounter: counter,
      trigger: 'DATE',
      notBefore: isoOf(NOW - DAY),
      window: { from: '22:00', to: '06:00', timeZone: 'Asia/Tehran' },
      retry: { max: 2, everyS: 600 },
      errorAction: 'KEEP',
      conditions: { noQueuedReversals: true, batteryMin: 30, idleS: 60 },
    };
  }

  #targets(component: Component): Record<string, unknown> {
    const own = this.releases.filter((each) => each.component === component);
    return Object.fromEntries(
      own.map((release) => {
        const { counter, bytes, custom, path = pathOf(component, counter) } = release;
        const slash = path.lastIndexOf('/') + 1;
        const sha256 = hashOf('sha256', bytes);
        this.files.set(`targets/${path.slice(0, slash)}${sha256}.${path.slice(slash)}`, bytes);
        const deltaFrom = own
          .filter((old) => old.counter < counter)
          .map((old) => {
            const delta = makeDelta(old.bytes, bytes);
            this.files.set(`targets/${deltaPath(path, old.counter)}`, delta);
            return { counter: old.counter, sha256: hashOf('sha256', old.bytes), path: deltaPath(path, old.counter), length: delta.length }; // prettier-ignore
          });
        const described: TargetCustom = {
          component,
          profile: '*',
          hardwareIds: ['*'],
          releaseCounter: counter,
          minFrom: 0,
          deltaFrom,
          effectiveFrom: isoOf(NOW - DAY),
          textFa: 'انتشار آزمایشی',
          textEn: 'a release of the tests',
          approvals: ['maryam', 'babak'],
          ...custom,
        };
        return [path, { length: bytes.length, hashes: { sha256, sha512: hashOf('sha512', bytes) }, custom: described }];
      }),
    );
  }

  #head(type: string, version: number, lifeMs: number): Record<string, unknown> {
    return { _type: type, spec_version: '1.0.31', version, expires: isoOf(this.now + lifeMs) };
  }

  #signed(kind: MetadataKind, role: string, signed: Record<string, unknown>, keys: readonly Key[]): Buffer {
    const json = { signed: this.forge(role, signed), signatures: [] } as unknown as Parameters<typeof Metadata.fromJSON>[1]; // prettier-ignore
    const metadata = (Metadata.fromJSON as (kind: MetadataKind, data: typeof json) => Metadata<never>)(kind, json);
    for (const { id, private: key } of keys)
      metadata.sign((data) => new Signature({ keyID: id, sig: sign(null, data, key).toString('hex') }), true);
    return Buffer.from(JSON.stringify(metadata.toJSON()));
  }
}

export function isoOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function pathOf(component: Component, counter: number): string {
  return `${component}/native-${counter}.json`;
}

const entry = (id: string, labelFa: string, processingCode: string, tender: string, goods: string, order: number) => ({
  id,
  labelFa,
  labelEn: id,
  processingCode,
  tender,
  goods,
  order,
});

/** @param more padding, so that a file has some size */
export function menuBytes(subsidised: boolean, more = ''): Buffer {
  const entries = [
    ...(subsidised ? [entry('subsidised', 'خرید یارانه‌ای', '179800', 'voucher_card', 'subsidised', 1)] : []),
    entry('ordinary', `خرید عادی${more}`, '000000', 'card', 'ordinary', 2),
  ];
  return Buffer.from(JSON.stringify({ format: 1, entries }));
}

export function goodsBytes(names: readonly string[]): Buffer {
  const goods = names.map((nameFa, index) => ({
    code: String(index + 1).padStart(13, '0'),
    category: '01',
    nameFa,
    unit: '00',
    priceCapRials: '900000',
    validFrom: '2026-01-01',
    validTo: '9999-12-31',
  }));
  return Buffer.from(JSON.stringify({ format: 1, asOf: isoOf(NOW), goods }));
}
