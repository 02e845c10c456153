import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/ops/clock.ts';
import { systemRandom } from '../../src/ops/random.ts';
import {
  bundleText,
  checkBundle,
  describeBundle,
  readBundle,
  signBundle,
  type Bundle,
} from '../../src/updates/repository/bundle.ts';
import { wholeMenu } from '../../src/updates/repository/content.ts';
import { makeKeyFile, openKeyFile, publicHalf, withoutPrivate } from '../../src/updates/repository/keys.ts';
import { expiryOf, type Signed, type Targets } from '../../src/updates/repository/metadata.ts';
import { makeOnlineKeys, publicOnlineText, readPublicOnline } from '../../src/updates/repository/online-keys.ts';
import { rekey, renewedRoot } from '../../src/updates/repository/rekey.ts';
import { readMenu } from '../../src/updates/format/index.ts';
import { ceremony, newKey, signWith, type Ceremony } from './support.ts';

/** What is signed offline, without a database: as on the machine that has the keys. */

const NOW = Date.parse('2026-11-27T10:00:00Z');
let folder: string;
let keys: Ceremony;
let trusted: Bundle['trusted'];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-keys-'));
  keys = ceremony(folder, NOW);
  trusted = checkBundle(keys.bundle, { roles: {} }, NOW);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const target = (counter: number, more: object = {}, hash = 'ab') => ({
  length: 10,
  hashes: { sha256: hash.repeat(32), sha512: hash.repeat(64) },
  custom: {
    component: 'menu',
    profile: 'native',
    hardwareIds: ['*'],
    releaseCounter: counter,
    minFrom: 0,
    deltaFrom: [],
    effectiveFrom: '2026-11-28T00:00:00Z',
    textFa: 'x',
    textEn: 'a new menu',
    approvals: ['a', 'b'],
    ...more,
  },
});
/** The next version of a role, unsigned. */
const next = (role: string, targets: Targets['targets'], of = trusted, changed: Partial<Targets> = {}): Bundle => {
  const before = of.roles[role]!.signed;
  const body: Targets = {
    ...before,
    version: before.version + 1,
    expires: expiryOf('targets', NOW),
    targets,
    ...changed,
  };
  return { trusted: of, roles: { [role]: { signed: body, signatures: [] } } };
};
const accept = (bundle: Bundle, of = trusted) => checkBundle(bundle, of, NOW);

describe('a key file', () => {
  it('opens with its passphrase and with no other, and its public half opens nothing', () => {
    const text = makeKeyFile('menu', 'twelve lanterns', systemRandom);
    const { role, key } = publicHalf(text);
    expect([role, openKeyFile(text, 'twelve lanterns').public]).toEqual(['menu', key]);
    expect(() => openKeyFile(text, 'eleven lanterns')).toThrow(/does not open/);
    expect(() => openKeyFile(withoutPrivate(text), 'twelve lanterns')).toThrow(/only the public half/);
    expect(publicHalf(withoutPrivate(text))).toEqual({ role, key });
    expect(text).not.toContain('PRIVATE');
  });

  it('needs a passphrase that is one', () => {
    expect(() => makeKeyFile('menu', 'short', systemRandom)).toThrow(/at least 12/);
  });

  it('that names another key is refused', () => {
    const text = makeKeyFile('menu', 'twelve lanterns', systemRandom);
    expect(() => publicHalf(text.replace(/"keyid": "../, '"keyid": "00'))).toThrow(/another key/);
    expect(() => publicHalf('{')).toThrow(/not JSON/);
  });
});

describe('online keys', () => {
  it('are made once, and go to the ceremony as public halves', () => {
    expect(() => makeOnlineKeys(folder)).toThrow(/there already/);
    expect(readPublicOnline(publicOnlineText(keys.online)).director).toEqual(keys.online.director.public);
  });
});

describe('a bundle', () => {
  it('is read as it was written, and says what would change', () => {
    const bundle = next('menu', { 'menu/native-1.json': target(1) });
    expect(readBundle(bundleText(bundle))).toEqual(bundle);
    expect(describeBundle(bundle).join('\n')).toMatch(/new: menu\/native-1.json, release 1[^]*a new menu \(a, b\)/);
    expect(describeBundle(keys.bundle).join('\n')).toMatch(/root 1[^]*2 of 3 keys/);
  });

  it('is signed by the key whose it is, and by no other', () => {
    const bundle = next('menu', { 'menu/native-1.json': target(1) });
    expect(signBundle(bundle, keys.offline.menu).roles).toEqual(['menu']);
    expect(() => signBundle(bundle, keys.offline.goods)).toThrow(/signs nothing/);
    expect(accept(signWith(bundle, keys.offline.menu)).roles['menu']?.signed.version).toBe(2);
  });

  const one = { 'menu/native-1.json': target(1) };
  it.each<[string, () => Bundle, string]>([
    ['unsigned', () => next('menu', one), 'updates.unsigned'],
    [
      'signed by the key of another line',
      () => ({ ...next('menu', one), roles: { menu: forged(next('menu', one), 'goods') } }),
      'updates.unsigned',
    ],
    ['changed after it was signed', () => changed(signWith(next('menu', one), keys.offline.menu)), 'updates.unsigned'],
    [
      'of the same version',
      () => signWith(next('menu', one, trusted, { version: 1 }), keys.offline.menu),
      'updates.version',
    ],
    [
      'of a later version',
      () => signWith(next('menu', one, trusted, { version: 3 }), keys.offline.menu),
      'updates.version',
    ],
    [
      'that lives too long',
      () => signWith(next('menu', one, trusted, { expires: '2027-11-27T10:00:00Z' }), keys.offline.menu),
      'updates.life',
    ],
    [
      'that has ended',
      () => signWith(next('menu', one, trusted, { expires: '2026-11-27T09:59:59Z' }), keys.offline.menu),
      'updates.life',
    ],
    [
      'with a target of another line',
      () => signWith(next('menu', { 'goods/all-1.json': target(1) }), keys.offline.menu),
      'updates.path',
    ],
    [
      'with a path out of the store',
      () => signWith(next('menu', { 'menu/../x': target(1) }), keys.offline.menu),
      'updates.path',
    ],
    [
      'with one approval',
      () => signWith(next('menu', { 'menu/native-1.json': target(1, { approvals: ['a'] }) }), keys.offline.menu),
      'updates.malformed',
    ],
    [
      'of a role that nobody delegated',
      () => ({ trusted, roles: { bios: next('menu', one).roles['menu']! } }),
      'nothing',
    ],
  ])('%s is refused', (_, make, code) => {
    if (code === 'nothing') expect(accept(make()).roles['bios']).toBeUndefined();
    else expect(() => accept(make())).toThrow(expect.objectContaining({ code }));
  });

  it('counts no release down, and changes none', () => {
    const second = accept(signWith(next('menu', { 'menu/native-2.json': target(2) }), keys.offline.menu));
    const back = { 'menu/native-2.json': target(2), 'menu/native-1.json': target(1) };
    expect(() => accept(signWith(next('menu', back, second), keys.offline.menu), second)).toThrow(
      /counter 1; 2 was published/,
    );
    const other = { 'menu/native-2.json': target(2, {}, 'cd') };
    expect(() => accept(signWith(next('menu', other, second), keys.offline.menu), second)).toThrow(/other bytes/);
  });

  function forged(bundle: Bundle, by: 'goods'): Signed<Targets> {
    const { signed } = bundle.roles['menu']!;
    const signatures = [
      { keyid: keys.offline[by].keyid, sig: keys.offline[by].sign(Buffer.from(JSON.stringify(signed))) },
    ];
    return { signed, signatures };
  }
  function changed(bundle: Bundle): Bundle {
    const menu = bundle.roles['menu']!;
    return {
      ...bundle,
      roles: { menu: { ...menu, signed: { ...menu.signed, targets: { 'menu/native-9.json': target(9) } } } },
    };
  }
});

describe('another key', () => {
  it('of a delegated role: the old one speaks for nothing any more', () => {
    const fresh = newKey();
    const bundle = rekey(trusted, [{ role: 'menu', remove: [keys.offline.menu.keyid], add: [fresh.public] }], NOW);
    expect(() => accept(signWith(bundle, keys.offline.targets, keys.offline.menu))).toThrow(/menu is not signed/);
    const after = accept(signWith(bundle, keys.offline.targets, fresh));
    expect(() => accept(signWith(next('menu', {}, after), keys.offline.menu), after)).toThrow(/menu is not signed/);
    accept(signWith(next('menu', {}, after), fresh), after);
  });

  it('of the root: two of the old and two of the new sign', () => {
    const fresh = newKey();
    const bundle = rekey(trusted, [{ role: 'root', remove: [keys.offline.root3.keyid], add: [fresh.public] }], NOW);
    expect(() => accept(signWith(bundle, keys.offline.root1))).toThrow(/root was signed by 1\/2/);
    expect(() => accept(signWith(bundle, keys.offline.root3, fresh))).toThrow(/root was signed by 1\/2/); // a thief and a friend
    const { root } = accept(signWith(bundle, keys.offline.root1, keys.offline.root2));
    expect(root.signed.roles.root.keyids).not.toContain(keys.offline.root3.keyid);
    expect(Object.keys(root.signed.keys)).not.toContain(keys.offline.root3.keyid);
  });

  it('of an online role is a new root', () => {
    const fresh = newKey();
    const change = { role: 'director', remove: [keys.online.director.keyid], add: [fresh.public] };
    const { root } = accept(signWith(rekey(trusted, [change], NOW), keys.offline.root1, keys.offline.root3));
    expect(root.signed['x-director'].keyids).toEqual([fresh.keyid]);
  });

  it('begins the line of a new PSP and model', () => {
    const fresh = newKey();
    const role = 'firmware-novin-x5';
    const after = accept(
      signWith(rekey(trusted, [{ role, remove: [], add: [fresh.public] }], NOW), keys.offline.targets, fresh),
    );
    expect(after.roles['targets']?.signed.delegations?.roles.at(-1)).toMatchObject({
      name: role,
      paths: ['firmware/novin/x5/*'],
    });
  });

  it.each([
    ['of no role', { role: 'bios', remove: [], add: [newKey().public] }],
    ['that is not there', { role: 'menu', remove: ['00'.repeat(32)], add: [newKey().public] }],
    ['so that none is left', { role: 'menu', remove: ['MENU'], add: [] }],
    ['so that a root has one', { role: 'root', remove: ['ROOT1', 'ROOT2'], add: [] }],
  ])('%s is refused', (_, { role, remove, add }) => {
    const ids: Readonly<Record<string, string>> = {
      MENU: keys.offline.menu.keyid,
      ROOT1: keys.offline.root1.keyid,
      ROOT2: keys.offline.root2.keyid,
    };
    const gone = remove.map((each) => ids[each] ?? each);
    expect(() => rekey(trusted, [{ role, remove: gone, add }], NOW)).toThrow(
      expect.objectContaining({ code: 'updates.rekey' }),
    );
  });

  it('is not needed to live longer', () => {
    const later = NOW + 300 * DAY_MS;
    const bundle = signWith(renewedRoot(trusted, later), keys.offline.root1, keys.offline.root2);
    expect(bundle.root?.signed.expires).toBe(expiryOf('root', later));
  });
});

describe('the menu that is made here', () => {
  it('has subsidised and ordinary goods apart, and a processing code for each', () => {
    const { entries } = readMenu(JSON.parse(wholeMenu().toString()));
    expect(entries.map(({ processingCode, goods }) => `${processingCode} ${goods}`)).toEqual([
      '179800 subsidised',
      '179898 subsidised',
      '000000 ordinary',
      '379800 none',
      '279800 subsidised',
      '310000 none',
    ]);
    expect(entries[0]?.labelFa).toBe('خرید یارانه‌ای / کالابرگ');
  });
});
