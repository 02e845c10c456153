import { afterEach, describe, expect, test } from '@jest/globals';
import { goodsBytes, isoOf, menuBytes, newKey, NOW, type Repository } from './repository.ts';
import { openDisk } from '../../../../src/simulators/terminal/device/index.ts';
import { told, World } from './world.ts';

/** What somebody does who holds the line, the server, or some of the keys (the cases of tuf-conformance that concern a client, and the
 *  director's). Each time: nothing of it runs, the attack is told, and what ran goes on. */

let world = new World();
afterEach(() => {
  world.close();
  world = new World();
});

const DAY = 86_400_000;
const FIRST = { component: 'menu', counter: 1, bytes: menuBytes(false) } as const;
const SECOND = { component: 'menu', counter: 2, bytes: menuBytes(true) } as const;

/** A device with release 1, which is then shown something. */
async function shown(attack: (repository: Repository) => void) {
  world.repository.release(FIRST);
  const { device } = await world.start();
  await device.check('date');
  world.reports.length = 0;
  attack(world.repository);
  const outcomes = told(await device.check('date'));
  return { device, outcomes, said: world.phases() };
}

type Case = readonly [name: string, outcome: string, said: string, attack: (repository: Repository) => void];

const bump = (repository: Repository, ...names: (keyof Repository['versions'])[]) => {
  for (const name of names) repository.versions[name]++;
};

const ON_METADATA: readonly Case[] = [
  ['an old timestamp again', 'attack rollback', 'rollback', (r) => { r.versions.timestamp = 1; r.publish(); }], // prettier-ignore
  ['an old snapshot in a new timestamp', 'attack rollback', 'rollback', (r) => { r.release(SECOND); r.versions.snapshot = 1; r.versions.timestamp++; r.publish(); }], // prettier-ignore
  ['older targets in a new snapshot', 'attack rollback', 'rollback', (r) => { r.release(SECOND); r.versions.menu = 1; bump(r, 'snapshot', 'timestamp'); r.publish(); }], // prettier-ignore
  ['a snapshot that lists no targets any more', 'attack rollback', 'rollback', (r) => {
    bump(r, 'snapshot', 'timestamp');
    r.forge = (role, signed) => (role === 'snapshot' ? { ...signed, meta: without(signed['meta'] as object, 'menu.json') } : signed);
    r.publish();
  }], // prettier-ignore
  ['a timestamp that ended', 'attack freeze', 'freeze', (r) => { r.expires.timestamp = -DAY; bump(r, 'timestamp'); r.timestamp(); }], // prettier-ignore
  [
    'a snapshot that ended',
    'attack freeze',
    'freeze',
    (r) => {
      r.expires.snapshot = -DAY;
      r.release(SECOND);
    },
  ],
  ['targets that ended', 'attack freeze', 'freeze', (r) => { r.expires.targets = -DAY; bump(r, 'targets'); r.release(SECOND); }], // prettier-ignore
  [
    'a root that ended',
    'attack freeze',
    'freeze',
    (r) => {
      r.expires.root = -DAY;
      bump(r, 'root');
      r.root();
    },
  ],
  ['a snapshot of another day', 'attack mix-and-match', 'mix-and-match', (r) => {
    const old = r.files.get(`${r.versions.snapshot}.snapshot.json`)!;
    r.release(SECOND);
    r.files.set(`${r.versions.snapshot}.snapshot.json`, old);
  }], // prettier-ignore
  ['targets of another day', 'attack mix-and-match', 'mix-and-match', (r) => {
    const old = r.files.get(`${r.versions.menu}.menu.json`)!;
    r.release(SECOND);
    r.files.set(`${r.versions.menu}.menu.json`, old);
  }], // prettier-ignore
  ['a timestamp by a key of nobody', 'attack forged', 'forged', (r) => { r.keys.timestamp = [newKey()]; r.release(SECOND); }], // prettier-ignore
  ['a snapshot by a key of nobody', 'attack forged', 'forged', (r) => { r.keys.snapshot = [newKey()]; r.release(SECOND); }], // prettier-ignore
  ['delegated targets by a key of nobody', 'attack forged', 'forged', (r) => { r.signers = { menu: [newKey()] }; r.release(SECOND); }], // prettier-ignore
  ['delegated targets by the key of another role', 'attack forged', 'forged', (r) => { r.signers = { menu: r.keys.goods }; r.release(SECOND); }], // prettier-ignore
  ['a root by one of two keys', 'attack forged', 'forged', (r) => { bump(r, 'root'); r.root(r.keys.root.slice(0, 1)); }], // prettier-ignore
  ['a root by one key, twice', 'attack forged', 'forged', (r) => { bump(r, 'root'); r.root([r.keys.root[0]!, r.keys.root[0]!]); }], // prettier-ignore
  ['a root by keys of its own alone', 'attack forged', 'forged', (r) => { r.keys.root = [newKey(), newKey(), newKey()]; bump(r, 'root'); r.root(); }], // prettier-ignore
  ['a root that skips a version', 'attack rollback', 'rollback', (r) => { r.versions.root = 3; r.files.set('2.root.json', r.root()); }], // prettier-ignore
  ['metadata of another role in its place', 'attack forged', 'forged', (r) => { r.files.set('timestamp.json', r.files.get(`${r.versions.snapshot}.snapshot.json`)!); }], // prettier-ignore
  [
    'what is no JSON',
    'attack forged',
    'forged',
    (r) => {
      r.files.set('timestamp.json', Buffer.from('<html>'));
    },
  ],
  ['JSON that is no metadata', 'attack forged', 'forged', (r) => { r.files.set('timestamp.json', Buffer.from('{"signed":[]}')); }], // prettier-ignore
  ['a timestamp without an end', 'attack endless-data', 'endless-data', (r) => { r.files.set('timestamp.json', Buffer.alloc(16_385, 32)); }], // prettier-ignore
  ['a root without an end', 'attack endless-data', 'endless-data', (r) => { r.files.set('2.root.json', Buffer.alloc(65_537, 32)); }], // prettier-ignore
  ['a snapshot longer than was said', 'attack endless-data', 'endless-data', (r) => {
    r.release(SECOND);
    const name = `${r.versions.snapshot}.snapshot.json`;
    r.files.set(name, Buffer.concat([r.files.get(name)!, Buffer.alloc(9, 32)]));
  }], // prettier-ignore
];

const ON_TARGETS: readonly Case[] = [
  ['a file with other bytes', 'menu 2 rejected hash', 'REJECTED menu 2 hash forged', (r) => { r.release(SECOND); other(r, SECOND.bytes.map((byte) => byte ^ 1)); }], // prettier-ignore
  ['a file that is too short', 'menu 2 rejected hash', 'REJECTED menu 2 hash forged', (r) => { r.release(SECOND); other(r, SECOND.bytes.subarray(1)); }], // prettier-ignore
  ['a file without an end', 'menu 2 rejected endless-data', 'REJECTED menu 2 endless-data endless-data', (r) => { r.release(SECOND); other(r, Buffer.concat([SECOND.bytes, Buffer.alloc(100)])); }], // prettier-ignore
  [
    'an older release',
    'menu 1 rejected rollback',
    'REJECTED menu 1 rollback rollback',
    (r) => {
      r.release(SECOND);
    },
  ],
  ['a file that nobody signed', 'menu 2 rejected target', 'REJECTED menu 2 target mix-and-match', (r) => { r.release(SECOND); r.items = { menu: { file: 'menu/other-2.json' } }; }], // prettier-ignore
  [
    'a file of another component',
    'menu 2 rejected target',
    'REJECTED menu 2 target mix-and-match',
    (r) => {
      const goods = { component: 'goods', counter: 2, bytes: goodsBytes(['برنج']) } as const;
      r.release(SECOND, goods);
      r.directorSays = (d) => ({ ...d, components: { menu: r.item(goods) } });
    },
  ],
  ['a file outside of its folder', 'attack forged', 'forged', (r) => { r.release(SECOND); r.items = { menu: { file: 'menu/../../etc/passwd' } }; }], // prettier-ignore
  ['an absolute path', 'attack forged', 'forged', (r) => { r.release(SECOND); r.items = { menu: { file: '/etc/passwd' } }; }], // prettier-ignore
  ['another length than was signed', 'menu 2 rejected target', 'REJECTED menu 2 target mix-and-match', (r) => { r.release(SECOND); r.items = { menu: { length: 5 } }; }], // prettier-ignore
  ['another hash than was signed', 'menu 2 rejected target', 'REJECTED menu 2 target mix-and-match', (r) => { r.release(SECOND); r.items = { menu: { sha256: 'a'.repeat(64) } }; }], // prettier-ignore
  ['another counter than was signed', 'menu 9 rejected target', 'REJECTED menu 9 target mix-and-match', (r) => { r.release(SECOND); r.items = { menu: { releaseCounter: 9 } }; }], // prettier-ignore
  ['what is for another model', 'menu 2 rejected model', 'REJECTED menu 2 model', (r) => { r.release({ ...SECOND, custom: { hardwareIds: ['N-520'] } }); }], // prettier-ignore
  ['what is for another profile', 'menu 2 rejected profile', 'REJECTED menu 2 profile', (r) => { r.release({ ...SECOND, custom: { profile: 'sadad-like' } }); }], // prettier-ignore
  ['what needs a release between', 'menu 9 rejected min-from', 'REJECTED menu 9 min-from', (r) => { r.release({ ...SECOND, counter: 9, custom: { minFrom: 5 } }); }], // prettier-ignore
  ['what ended', 'menu 2 rejected ended', 'REJECTED menu 2 ended', (r) => { r.release({ ...SECOND, custom: { effectiveUntil: isoOf(NOW - 1_000) } }); }], // prettier-ignore
];

const ON_DIRECTOR: readonly Case[] = [
  ['a director by a key of nobody', 'attack forged', 'forged', (r) => { r.release(SECOND); r.keys.director = [newKey()]; }], // prettier-ignore
  ['a director for another device', 'attack forged', 'forged', (r) => { r.release(SECOND); r.directorSays = (d) => ({ ...d, serial: 'N91010000002' }); }], // prettier-ignore
  ['a director for another terminal', 'attack forged', 'forged', (r) => { r.release(SECOND); r.directorSays = (d) => ({ ...d, terminal: '10000002' }); }], // prettier-ignore
  ['an answer to another question', 'attack forged', 'forged', (r) => { r.release(SECOND); r.directorSays = (d) => ({ ...d, nonce: '00' }); }], // prettier-ignore
  [
    'an older instruction',
    'attack rollback',
    'rollback',
    (r) => {
      r.release(SECOND);
      r.versions.director = 1;
    },
  ],
  [
    'an instruction that ended',
    'attack freeze',
    'freeze',
    (r) => {
      r.release(SECOND);
      r.expires.director = -DAY;
    },
  ],
];

function without(value: object, name: string): object {
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
}

/** Other bytes under the name of the newest menu. */
function other(repository: Repository, bytes: Uint8Array): void {
  const name = [...repository.files.keys()].find((each) => each.endsWith('.native-2.json')) ?? '';
  repository.files.set(name, Buffer.from(bytes));
  repository.files.delete('targets/menu/native-2.json.from-1.delta');
}

describe.each([
  ['metadata', ON_METADATA],
  ['files', ON_TARGETS],
  ['the director', ON_DIRECTOR],
])('of %s', (_, cases) => {
  test.each(cases)('%s: %s', async (name, outcome, said, attack) => {
    const {
      device,
      outcomes,
      said: reports,
    } = await shown((repository) => {
      attack(repository);
      if (name === 'an older release') {
        repository.items = { menu: { ...repository.item(FIRST) } };
        repository.versions.director++;
      }
    });
    if (name === 'an older release') {
      // it runs release 1 and is told of 2 first
      expect(outcomes).toEqual(['menu 1 had']);
      world.repository.items = {};
      await device.check('date');
      world.repository.items = { menu: { ...world.repository.item(FIRST) } };
      expect(told(await device.check('date'))).toEqual([outcome]);
      expect(world.phases().at(-1)).toBe(said);
      expect(device.running.content.menu?.releaseCounter).toBe(2);
      return;
    }
    expect([outcomes, reports]).toEqual([[outcome], [said]]);
    expect(device.running.content.menu?.releaseCounter).toBe(1);
    // and it comes up again with what it had, and takes what is good
    const again = await world.start();
    expect(again.device.running.content.menu?.releaseCounter).toBe(1);
  });
});

test('a device that was off for a month, whose metadata ended meanwhile, takes what is good now', async () => {
  world.repository.release(FIRST);
  await (await world.start()).device.check('date');
  world.repository.now += 30 * DAY;
  world.repository.release(SECOND);
  world.repository.items = { menu: { notBefore: isoOf(NOW) } };
  const { device } = await world.start();
  const message = { get: (path: number | string) => (path === 7 ? '1227200000' : undefined) };
  device.heard({ message, macGood: true } as never);
  expect(told(await device.check('date'))).toEqual(['menu 2 confirmed']);
});

test('a new root is kept although it ended: only what it says of keys counts, and nothing else is taken', async () => {
  const { outcomes } = await shown((r) => {
    r.expires.root = -DAY;
    r.versions.root++;
    r.root();
    r.expires.root = 365 * DAY;
    r.release(SECOND);
  });
  expect(outcomes).toEqual(['attack freeze']);
  const trusted = openDisk(world.folder).read('trust/root.json')?.toString() ?? '{}';
  expect((JSON.parse(trusted) as { signed: { version: number } }).signed.version).toBe(2);
  world.repository.versions.root++;
  world.repository.root();
  expect(told(await (await world.start()).device.check('date'))).toEqual(['menu 2 confirmed']);
});

test('roots without an end are followed for a while, and no further', async () => {
  world.repository.release(FIRST);
  const { device } = await world.start();
  for (let turn = 0; turn < 70; turn++) {
    world.repository.versions.root++;
    world.repository.root();
  }
  await device.check('date');
  expect(world.asked.filter((name) => name.endsWith('.root.json'))).toHaveLength(64);
});

describe('stolen keys', () => {
  test('a new root takes their word away: what they signed is not taken, and the right ones are', async () => {
    world.repository.release(FIRST);
    const { device } = await world.start();
    await device.check('date');
    const stolen = world.repository.keys;
    const renewed = { ...stolen, timestamp: [newKey()], snapshot: [newKey()], director: [newKey()] };
    world.repository.keys = renewed;
    world.repository.versions.root++;
    world.repository.root();
    world.repository.keys = stolen;
    world.repository.release(SECOND);
    expect(told(await device.check('date'))).toEqual(['attack forged']);
    expect(device.running.content.menu?.releaseCounter).toBe(1);
    world.repository.keys = renewed;
    world.repository.publish();
    expect(told(await device.check('date'))).toEqual(['menu 2 confirmed']);
  });

  test('versions that the thief drove up are forgotten with the keys (fast-forward)', async () => {
    world.repository.release(FIRST);
    const { device } = await world.start();
    Object.assign(world.repository.versions, { timestamp: 900_000, snapshot: 900_000, director: 900_000 });
    world.repository.publish();
    await device.check('date');
    const { root, targets, menu, goods } = world.repository.keys;
    world.repository.keys = {
      root,
      targets,
      menu,
      goods,
      snapshot: [newKey()],
      timestamp: [newKey()],
      director: [newKey()],
    };
    world.repository.versions.root++;
    world.repository.root();
    Object.assign(world.repository.versions, { timestamp: 5, snapshot: 5, director: 5 });
    world.repository.release(SECOND);
    expect(told(await device.check('date'))).toEqual(['menu 2 confirmed']);
  });

  test('versions of targets that the thief drove up are forgotten with the key of snapshot', async () => {
    world.repository.release(FIRST);
    world.repository.versions.menu = 900_000;
    world.repository.release();
    const { device } = await world.start();
    await device.check('date');
    world.repository.keys.snapshot = [newKey()];
    world.repository.versions.root++;
    world.repository.root();
    world.repository.versions.menu = 2;
    world.repository.release(SECOND);
    expect(told(await device.check('date'))).toEqual(['menu 2 confirmed']);
  });

  test('the keys of root itself change by those before and those after; several changes at once are followed', async () => {
    world.repository.release(FIRST);
    const { device } = await world.start();
    await device.check('date');
    for (let turn = 0; turn < 3; turn++) {
      const before = world.repository.keys.root;
      world.repository.keys.root = [newKey(), newKey(), newKey()];
      world.repository.versions.root++;
      world.repository.root([...before, ...world.repository.keys.root]);
    }
    world.repository.release(SECOND);
    expect(told(await device.check('date'))).toEqual(['menu 2 confirmed']);
  });
});

test('metadata that is older than what the gateway speaks of is told as freeze', async () => {
  world.repository.release(FIRST);
  const { device } = await world.start();
  const message = {
    get: (path: number | string) => (path === 7 ? '1127200000' : path === '48.16' ? '0000000090a1b2c3d' : undefined),
  };
  device.heard({ message, macGood: true } as never);
  expect(told(await device.check('host'))).toEqual(['attack freeze']);
  expect(world.phases()).toEqual(['freeze']);
});

test('without a root from its factory a device updates nothing', async () => {
  world.repository.files.set('1.root.json', Buffer.alloc(0));
  const { device } = await world.start();
  expect(told(await device.check('date'))).toEqual(['none root']);
});

test('no room on the disk is told before anything is fetched', async () => {
  world.repository.release(FIRST);
  world.sensors = { ...world.sensors, freeBytes: 10 };
  const { device } = await world.start();
  expect(told(await device.check('date'))).toEqual(['menu 1 rejected space']);
  expect(world.asked.filter((name) => name.startsWith('targets/'))).toEqual([]);
});
