import { afterEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { goodsBytes, isoOf, menuBytes, NOW, pathOf } from './repository.ts';
import { told, World } from './world.ts';

let world = new World();
afterEach(() => {
  world.close();
  world = new World();
});

const FIRST = { component: 'menu', counter: 1, bytes: menuBytes(true) } as const;
const labels = (device: { running: { menu: { entries: readonly { labelFa: string }[] } | undefined } }) =>
  device.running.menu?.entries.map(({ labelFa }) => labelFa);

test('an entry appears in a menu that did not have it, and the list of goods follows', async () => {
  const { device } = await world.start();
  expect([device.slot, labels(device)]).toEqual(['A', undefined]);
  world.repository.release(
    { component: 'menu', counter: 1, bytes: menuBytes(false) },
    { component: 'goods', counter: 1, bytes: goodsBytes(['برنج']) },
  );
  expect(told(await device.check('date'))).toEqual(['menu 1 confirmed', 'goods 1 confirmed']);
  expect([device.slot, labels(device)]).toEqual(['B', ['خرید عادی']]);
  world.repository.release({ component: 'menu', counter: 2, bytes: menuBytes(true) });
  expect(told(await device.check('date'))).toEqual(['goods 1 had', 'menu 2 confirmed']);
  expect([device.slot, labels(device)]).toEqual(['A', ['خرید یارانه‌ای', 'خرید عادی']]);
  expect(device.running.goods?.goods.map(({ nameFa }) => nameFa)).toEqual(['برنج']);
  world.repository.release({ component: 'goods', counter: 2, bytes: goodsBytes(['برنج', 'روغن']) });
  await device.check('date');
  expect(device.running.goods?.goods).toHaveLength(2);
  expect(labels(device)).toContain('خرید یارانه‌ای');
  expect(told(await device.check('date'))).toEqual(['menu 2 had', 'goods 2 had']);
  // switched off and on: what was confirmed runs
  expect(labels((await world.start()).device)).toContain('خرید یارانه‌ای');
});

test('every phase is told once, in order, with what runs in which slot', async () => {
  world.repository.release(FIRST);
  const { device } = await world.start();
  await device.check('date');
  expect(world.phases()).toEqual(['DOWNLOADED menu 1', 'VERIFIED menu 1', 'INSTALLED menu 1', 'CONFIRMED menu 1']);
  expect(world.reports.map(({ counter }) => counter)).toEqual([1, 2, 3, 4]);
  expect(world.reports[2]?.components.menu).toBeUndefined();
  expect(world.reports[3]).toMatchObject({
    serial: 'N91010000001',
    components: { menu: { file: pathOf('menu', 1), releaseCounter: 1, slot: 'B' } },
    timestampVersion: 2,
    freeBytes: 1e9,
    queuedReversals: 0,
  });
});

test('reports that nobody takes wait, also over a restart', async () => {
  world.repository.release(FIRST);
  const { device } = await world.start();
  const before = { ...world.source };
  Object.assign(world.source, { report: () => Promise.reject(new Error('away')) });
  await device.check('date');
  expect(world.reports).toEqual([]);
  Object.assign(world.source, before);
  await (await world.start()).device.sendReports();
  expect(world.phases()).toHaveLength(4);
});

describe('a new slot that does not work', () => {
  test.each([
    ['cannot sign on', undefined, 'signon'],
    ['is refused what it asks', '30', 'inquiry'],
    ['is not the terminal that it says', '58', 'inquiry'],
  ])('%s: the device goes back by itself and says so', async (_, rc, reason) => {
    world.repository.release(FIRST);
    await (await world.start()).device.check('date');
    world.repository.release({ component: 'menu', counter: 2, bytes: menuBytes(false) });
    const { device } = await world.start();
    world.rc = rc;
    expect(told(await device.check('date'))).toEqual([`menu 2 rolled-back ${reason}`]);
    expect([device.slot, labels(device)]).toEqual(['B', ['خرید یارانه‌ای', 'خرید عادی']]);
    expect(world.phases().at(-1)).toBe(`ROLLED_BACK menu 2 ${reason}`);
    expect(world.reports.at(-1)?.components.menu).toMatchObject({ releaseCounter: 1, slot: 'B' });
  });

  test('a card that has no credit is no fault of the device', async () => {
    world.rc = '51';
    world.repository.release(FIRST);
    expect(told(await (await world.start()).device.check('date'))).toEqual(['menu 1 confirmed']);
  });

  test('is signed, and still not what a device can read', async () => {
    world.repository.release({ component: 'menu', counter: 1, bytes: Buffer.from('{"format":2}') });
    const { device } = await world.start();
    expect(told(await device.check('date'))).toEqual(['menu 1 rolled-back content']);
  });

  test('is tried again after a while, as often as the director says, then no more; the next release is', async () => {
    world.repository.release(FIRST);
    const { device } = await world.start();
    world.rc = undefined;
    const seen: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      seen.push(...told(await device.check('date')));
      world.passedMs += 400_000;
    }
    const back = 'menu 1 rolled-back signon';
    expect(seen).toEqual([back, 'menu 1 waits retry', back, 'menu 1 waits retry', back, 'menu 1 waits given-up']);
    world.rc = '00';
    world.repository.release({ component: 'menu', counter: 2, bytes: menuBytes(true) });
    expect(told(await device.check('date'))).toEqual(['menu 2 confirmed']);
  });

  test('STOP: it waits for a person, who may try it again', async () => {
    world.repository.release(FIRST);
    world.repository.items = { menu: { errorAction: 'STOP' } };
    const { device } = await world.start();
    world.rc = '96';
    expect(told(await device.check('date'))).toEqual(['menu 1 rolled-back inquiry']);
    world.rc = '00';
    world.passedMs += 86_400_000 / 4;
    expect(told(await device.check('date'))).toEqual(['menu 1 waits stopped']);
    expect(told(await device.check('manual'))).toEqual(['menu 1 confirmed']);
  });
});

describe('what is fetched waits until it may be installed', () => {
  test.each<[string, Parameters<typeof Object.assign>[0], Partial<World['sensors']>, string]>([
    ['a reversal is queued', {}, { queuedReversals: 1 }, 'reversals'],
    ['the battery is low', {}, { battery: 29 }, 'battery'],
    ['somebody is buying', {}, { idleS: 59 }, 'idle'],
    ['the shop is open', { window: { from: '01:00', to: '06:00', timeZone: 'Asia/Tehran' } }, {}, 'window'],
    ['its day has not come', { notBefore: isoOf(NOW + 86_400_000) }, {}, 'not-before'],
    ['a person is to do it', { trigger: 'MANU' }, {}, 'trigger'],
    ['the end of a sale is waited for', { trigger: 'SALE' }, {}, 'trigger'],
  ])('%s', async (_, item, sensors, why) => {
    world.repository.release(FIRST);
    world.repository.items = { menu: item };
    world.sensors = { ...world.sensors, ...sensors };
    const { device } = await world.start();
    expect(told(await device.check('date'))).toEqual([`menu 1 waits ${why}`]);
    expect([device.slot, world.phases()]).toEqual(['A', ['DOWNLOADED menu 1', 'VERIFIED menu 1']]);
    // then it may, and nothing is fetched a second time
    world.repository.items = {};
    world.sensors = { battery: 30, freeBytes: 1e9, queuedReversals: 0, idleS: 60 };
    world.asked.length = 0;
    expect(told(await device.check('date'))).toEqual(['menu 1 confirmed']);
    expect(world.asked.filter((name) => name.startsWith('targets/'))).toEqual([]);
  });

  test('a person at the device is not bound by window and idle time, but by queued reversals', async () => {
    world.repository.release(FIRST);
    world.repository.items = {
      menu: { window: { from: '01:00', to: '02:00', timeZone: 'Asia/Tehran' }, trigger: 'MANU' },
    };
    world.sensors = { ...world.sensors, idleS: 0, queuedReversals: 1 };
    const { device } = await world.start();
    expect(told(await device.check('manual'))).toEqual(['menu 1 waits reversals']);
    world.sensors = { ...world.sensors, queuedReversals: 0 };
    expect(told(await device.check('manual'))).toEqual(['menu 1 confirmed']);
  });

  test('a stop reaches it: nothing is fetched and nothing installed', async () => {
    world.repository.release(FIRST);
    world.repository.halted = true;
    const { device } = await world.start();
    expect(told(await device.check('date'))).toEqual(['halted']);
    expect(world.asked.filter((name) => name.startsWith('targets/'))).toEqual([]);
  });

  test('DELT takes a component away: the menu of the factory is there again', async () => {
    world.repository.release(FIRST);
    const { device } = await world.start();
    await device.check('date');
    world.repository.items = { menu: { action: 'DELT' } };
    world.repository.versions.director++;
    expect(told(await device.check('date'))).toEqual(['menu 1 confirmed']);
    expect(device.running.menu).toBeUndefined();
    expect(told(await device.check('date'))).toEqual(['menu 1 had']);
  });
});

describe('somebody who is served', () => {
  test('waits for no download, and nothing is installed under their hands', async () => {
    world.repository.release(FIRST);
    world.repository.items = { menu: { conditions: { noQueuedReversals: true, batteryMin: 0, idleS: 0 } } };
    const { device } = await world.start();
    const checking = device.check('host');
    await device.serve(true); // at once, though the check is under way
    expect(told(await checking)).toEqual(['menu 1 waits idle']);
    expect(told(await device.check('manual'))).toEqual(['menu 1 waits idle']);
    await device.serve(false);
    expect(told(await device.check('host'))).toEqual(['menu 1 confirmed']);
  });

  test('waits for a slot that is being tried', async () => {
    world.repository.release(FIRST);
    const { device } = await world.start();
    world.realMs = 20_000; // cut short by the end of the trial
    let tried: () => void = () => undefined;
    let works: () => void = () => undefined;
    const begun = new Promise<void>((done) => (tried = done));
    const signOn = (): Promise<void> => {
      tried();
      return new Promise((done) => (works = done));
    };
    Object.assign(world.host, { signOn });
    const checking = device.check('host');
    await begun;
    let served = false;
    const serving = device.serve(true).then(() => (served = true));
    await new Promise((done) => setImmediate(done));
    expect([served, device.slot]).toEqual([false, 'A']);
    works();
    await serving;
    expect(device.slot).toBe('B');
    expect(told(await checking)).toEqual(['menu 1 confirmed']);
  });
});

describe('a slow network', () => {
  const big = menuBytes(true, randomBytes(15).toString('hex').slice(0, 20));

  test('what came stays, also over a restart, and the rest follows by Range', async () => {
    world.pieceBytes = 100;
    world.cutAfter = 200;
    world.repository.release({ component: 'menu', counter: 1, bytes: big });
    expect(told(await (await world.start()).device.check('date'))).toEqual(['menu 1 unreachable There is no line.']);
    world.cutAfter = Number.POSITIVE_INFINITY;
    world.asked.length = 0;
    expect(told(await (await world.start()).device.check('date'))).toEqual(['menu 1 confirmed']);
    expect(world.asked.find((name) => name.startsWith('targets/'))).toMatch(/ from 200$/);
  });

  test('a part that was torn is fetched once more from its beginning', async () => {
    world.pieceBytes = 100;
    world.cutAfter = 200;
    world.repository.release({ component: 'menu', counter: 1, bytes: big });
    await (await world.start()).device.check('date');
    world.cutAfter = Number.POSITIVE_INFINITY;
    const { openDisk } = await import('../../../../src/simulators/terminal/device/index.ts');
    const disk = openDisk(world.folder);
    const [part = ''] = disk.names('downloads');
    disk.write(`downloads/${part}`, Buffer.alloc(200));
    expect(told(await (await world.start()).device.check('date'))).toEqual(['menu 1 confirmed']);
  });

  test('a delta is fetched where it is shorter, and the file itself where the delta is bad', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `کالای شماره‌ی ${index}`);
    world.repository.release({ component: 'goods', counter: 1, bytes: goodsBytes(names) });
    const { device } = await world.start();
    await device.check('date');
    world.asked.length = 0;
    world.repository.release({ component: 'goods', counter: 2, bytes: goodsBytes([...names, 'پنیر']) });
    await device.check('date');
    expect(world.asked.filter((name) => name.startsWith('targets/'))).toEqual([
      'targets/goods/native-2.json.from-1.delta',
    ]);
    expect(device.running.goods?.goods).toHaveLength(201);
    world.repository.release({ component: 'goods', counter: 3, bytes: goodsBytes(names.slice(1)) });
    const delta = 'targets/goods/native-3.json.from-2.delta';
    world.instead.set(delta, Buffer.from(world.repository.files.get(delta)!.map((byte) => byte ^ 1)));
    expect(told(await device.check('date'))).toEqual(['goods 3 confirmed']);
    expect(device.running.goods?.goods).toHaveLength(199);
  });
});

describe('time', () => {
  const answer = (transmission: string, tag16?: string) => ({
    macGood: true as boolean | undefined,
    message: { get: (path: number | string) => (path === 7 ? transmission : path === '48.16' ? tag16 : undefined) },
  });
  const heard = (at: { heard: (answer: never) => void }, ...said: Parameters<typeof answer>) => {
    at.heard(answer(...said) as never);
  };

  test('comes from the gateway and from signed metadata, and only moves forward', async () => {
    const { device } = await world.start();
    expect(device.now()).toBe(NOW - 86_400_000); // no earlier than its software
    heard(device, '1127190000');
    expect(device.now()).toBe(Date.parse('2026-11-27T19:00:00Z'));
    heard(device, '1127100000'); // back: not believed
    heard(device, '9999999999');
    expect(device.now()).toBe(Date.parse('2026-11-27T19:00:00Z'));
    world.passedMs += 5_000;
    expect(device.now()).toBe(Date.parse('2026-11-27T19:00:05Z'));
    await device.check('date'); // the timestamp was signed at 20:00
    expect(device.now()).toBe(NOW);
    // off for a while, with a clock that begins anew: not before what was known
    world.passedMs = 0;
    expect((await world.start()).device.now()).toBeGreaterThanOrEqual(NOW);
  });

  test('of an answer whose MAC does not hold is not believed; New Year is understood', async () => {
    const { device } = await world.start();
    device.heard({ ...answer('1201000000', '000000009aaaaaaaa'), macGood: false } as never);
    expect([device.now(), device.due]).toEqual([NOW - 86_400_000, false]);
    heard(device, '0105000000');
    expect(device.now()).toBe(Date.parse('2027-01-05T00:00:00Z'));
  });

  test('of metadata leads at most a day beyond the gateway’s', async () => {
    const { device } = await world.start();
    heard(device, '1127200000');
    world.repository.expires.timestamp = 400 * 86_400_000;
    world.repository.release(FIRST);
    await device.check('date');
    expect(device.now()).toBeLessThanOrEqual(NOW + 86_400_000 + 1_000);
  });

  test('tag 16 says that something new waits, until the device has looked', async () => {
    const { device } = await world.start();
    await device.check('date');
    world.repository.release(FIRST);
    heard(device, '1127200000', `00000000${world.repository.versions.timestamp}0a1b2c3d`);
    expect(device.due).toBe(true);
    await device.check('host');
    expect(device.due).toBe(false);
    heard(device, '1127200100', 'nonsense');
    expect(device.due).toBe(false);
  });
});
