import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  bucketOf,
  bucketsOf,
  freezeAt,
  instructionFor,
  lastStep,
  readPlan,
  verdictOf,
  type DeviceFacts,
  type Facts,
  type Group,
  type LiveRollout,
  type StepDevices,
} from '../../src/updates/rollouts/index.ts';
import { uncertified, type Release, type Subject } from '../../src/updates/repository/index.ts';

const PLAN = readPlan({ own: ['10000001'] });
const group = (changed: Partial<Group> = {}): Group => ({
  terminals: 1_000,
  purchases: 30_000,
  approved: 28_500,
  reversed: 90,
  gaps: 60,
  macFailures: 0,
  tradedBefore: 900,
  silent: 45,
  ...changed,
});
const devices = (changed: Partial<StepDevices> = {}): StepDevices => ({
  had: 3,
  confirmed: 980,
  failed: 2,
  underWay: 8,
  waiting: 5,
  unknown: 5,
  ...changed,
});
const facts = (changed: Partial<Facts> = {}): Facts => ({
  devices: devices(),
  closedDays: 1,
  subjects: [],
  updated: group(),
  control: group({
    terminals: 99_000,
    purchases: 2_970_000,
    approved: 2_821_500,
    reversed: 8_910,
    gaps: 5_940,
    tradedBefore: 89_000,
    silent: 4_450,
  }),
  ...changed,
});
const say = (changed: Partial<Facts> = {}, step = 1) =>
  verdictOf({ plan: PLAN, state: 'running', step }, facts(changed));
const subject = (verdict: Subject['verdict'], model = 'PX 100'): Subject => ({
  model,
  software: '1.4.0',
  profile: 'native',
  verdict,
});
const DONE = devices({ underWay: 0, waiting: 0, unknown: 0 });

describe('the machine of a rollout', () => {
  it.each<[string, Partial<Facts>, number, string]>([
    ['goes on after a good day', {}, 1, 'advance'],
    ['waits for a closed day', { closedDays: 0 }, 1, 'wait'],
    ['waits for purchases', { updated: group({ purchases: 1_999, approved: 1_900, reversed: 6, gaps: 4 }) }, 1, 'wait'],
    [
      'needs few of our own terminals',
      { updated: group({ purchases: 20, approved: 20, reversed: 0, gaps: 0 }) },
      0,
      'advance',
    ],
    [
      'waits while most devices of the step are silent',
      { devices: devices({ confirmed: 400, unknown: 590 }) },
      1,
      'wait',
    ],
    ['waits in a freeze', { frozen: 'Nowruz is near' }, 1, 'wait'],
    ['halts in a freeze', { frozen: 'Nowruz is near', devices: devices({ failed: 30 }) }, 1, 'halt'],
    ['goes on where every device is certified', { subjects: [subject('passed')] }, 1, 'advance'],
    ['waits where one is not certified', { subjects: [subject('passed'), subject(null, 'PX 200')] }, 1, 'wait'],
    ['waits where one failed its certification', { subjects: [subject('failed')] }, 1, 'wait'],
    [
      'waits with our own terminals, which need no verdict, before the others',
      { subjects: [subject(null)], updated: group({ purchases: 20, approved: 20, reversed: 0, gaps: 0 }) },
      0,
      'wait',
    ],
    ['halts where nothing is certified', { subjects: [subject(null)], devices: devices({ failed: 30 }) }, 1, 'halt'],
    [
      'finishes what has reached all, whatever was revoked since',
      { subjects: [subject(null)], devices: DONE },
      4,
      'finish',
    ],
    ['halts at three failures that are one per cent', { devices: devices({ failed: 10 }) }, 1, 'halt'],
    [
      'does not at two, whatever they are of',
      { devices: devices({ confirmed: 3, failed: 2, underWay: 0, waiting: 0, unknown: 0 }) },
      0,
      'advance',
    ],
    ['does not at less than one per cent', { devices: devices({ failed: 9 }) }, 1, 'advance'],
    [
      'counts no silent device as a success',
      { devices: devices({ confirmed: 100, failed: 3, unknown: 9_000 }) },
      1,
      'halt',
    ],
    ['halts when approvals are two points lower', { updated: group({ approved: 27_900 }) }, 1, 'halt'],
    ['halts when they are one point lower', { updated: group({ approved: 28_200 }) }, 1, 'halt'],
    ['goes on at half a point', { updated: group({ approved: 28_350 }) }, 1, 'advance'],
    [
      'waits where a point may be chance',
      { updated: group({ purchases: 2_000, approved: 1_879, reversed: 6, gaps: 4 }) },
      1,
      'wait',
    ],
    ['halts when reversals double', { updated: group({ reversed: 180 }) }, 1, 'halt'],
    ['goes on when they rise by half', { updated: group({ reversed: 135 }) }, 1, 'advance'],
    ['halts when STANs go missing', { updated: group({ gaps: 130 }) }, 1, 'halt'],
    ['halts on wrong MACs', { updated: group({ macFailures: 40 }) }, 1, 'halt'],
    ['goes on with four of them', { updated: group({ macFailures: 4 }) }, 1, 'advance'],
    ['halts when terminals fall silent', { updated: group({ silent: 90 }) }, 1, 'halt'],
    ['finishes when every device has said how it went', { devices: DONE }, 4, 'finish'],
    ['is not finished while one is silent', { devices: { ...DONE, unknown: 1 } }, 4, 'wait'],
    ['is not finished while one is at it', { devices: { ...DONE, underWay: 1 } }, 4, 'wait'],
    ['is not finished on the day that it reached all', { devices: DONE, closedDays: 0 }, 4, 'wait'],
    ['halts in its last step too', { devices: { ...DONE, failed: 40 } }, 4, 'halt'],
    [
      'needs a device in its step',
      { devices: { had: 0, confirmed: 0, failed: 0, underWay: 0, waiting: 0, unknown: 0 } },
      1,
      'wait',
    ],
  ])('%s', (_, changed, step, kind) => {
    expect(say(changed, step)).toMatchObject({ kind });
  });

  it.each(['proposed', 'halted', 'done', 'ended'] as const)('does nothing with one that is %s', (state) => {
    expect(verdictOf({ plan: PLAN, state, step: 1 }, facts({ devices: devices({ failed: 500 }) })).kind).toBe('wait');
  });

  it('says why', () => {
    expect(say({ updated: group({ approved: 27_900 }) })).toEqual({
      kind: 'halt',
      why: ['purchases declined: 7.00 % with it, 5.00 % without'],
    });
    expect(say({ closedDays: 0 })).toEqual({ kind: 'wait', why: ['0 of 1 business days are closed'] });
  });

  it.each<[string, Partial<Subject>, string]>([
    [
      'no verdict',
      { verdict: null },
      'software 1.4.0 on PX 100 in native is not certified: kalabarg certify --profile native --model "PX 100" --software 1.4.0 …, then kalabarg certify register (docs/vendors.md)',
    ],
    ['one that failed', { verdict: 'failed' }, 'software 1.4.0 on PX 100 in native failed its certification: mend it'],
    ['a terminal without a model', { model: null }, 'terminals in native have no model'],
    ['a release of before', { software: null }, 'the release says no software'],
  ])('says what lacks certification, and what to do: %s', (_, changed, text) => {
    const [why, ...more] = uncertified([{ ...subject(null), ...changed }, subject('passed', 'PX 300')]);
    expect([why?.slice(0, text.length), more]).toEqual([text, []]);
  });

  it('says it once, and not of a thousand', () => {
    expect(
      uncertified([
        { ...subject(null), software: null },
        { ...subject(null, 'B'), software: null },
      ]),
    ).toHaveLength(1);
    const many = uncertified(Array.from({ length: 1_000 }, (_, at) => subject(null, `M${at}`)));
    expect([many.length, many.at(-1)]).toEqual([6, '995 more are not certified']);
  });

  const count = fc.nat(100_000);
  const anyGroup = fc
    .tuple(count, count, count, count, count, count, count)
    .map(([purchases, a, r, gaps, macFailures, traded, s]): Group => ({
      terminals: 1,
      purchases,
      approved: Math.min(a, purchases),
      reversed: Math.min(r, purchases),
      gaps,
      macFailures,
      tradedBefore: traded,
      silent: Math.min(s, traded),
    }));
  const anyFacts = fc.record({
    devices: fc.record({
      had: count,
      confirmed: count,
      failed: count,
      underWay: count,
      waiting: count,
      unknown: count,
    }),
    closedDays: fc.nat(3),
    subjects: fc.array(
      fc.record({
        model: fc.constantFrom('PX 100', null),
        software: fc.constantFrom('1.4.0', null),
        profile: fc.constant('native'),
        verdict: fc.constantFrom('passed' as const, 'failed' as const, null),
      }),
      { maxLength: 8 },
    ),
    updated: anyGroup,
    control: anyGroup,
    frozen: fc.option(fc.constant('frozen'), { nil: undefined }),
  });

  it('never widens past what it must not, whatever the rows say', () => {
    fc.assert(
      fc.property(anyFacts, fc.nat(lastStep(PLAN)), (seen, step) => {
        const verdict = verdictOf({ plan: PLAN, state: 'running', step }, seen);
        const { confirmed, failed, underWay, waiting, unknown } = seen.devices;
        if (verdict.kind === 'advance') {
          expect(verdict.step).toBe(step + 1);
          expect(seen.frozen).toBeUndefined();
          expect(seen.subjects.every((each) => each.verdict === 'passed')).toBe(true);
          expect(seen.closedDays).toBeGreaterThan(0);
          expect(seen.updated.purchases).toBeGreaterThanOrEqual(step === 0 ? PLAN.ownPurchases : PLAN.purchases);
        }
        if (verdict.kind === 'finish') expect([unknown, underWay, waiting]).toEqual([0, 0, 0]);
        if (failed >= 3 && failed * 100 >= confirmed + failed + underWay) expect(verdict.kind).toBe('halt');
        if (verdict.kind === 'wait' || verdict.kind === 'halt') expect(verdict.why.length).toBeGreaterThan(0);
        expect(verdictOf({ plan: PLAN, state: 'running', step }, seen)).toEqual(verdict);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('who is in a step', () => {
  it('is the same share of any serials, and who was in a step stays in the next', () => {
    const serials = Array.from({ length: 20_000 }, (_, at) => `PX${1_000_000 + at}`);
    const inStep = (step: number) => serials.filter((serial) => bucketOf('7', serial) < bucketsOf(PLAN, step)).length;
    expect(inStep(0)).toBe(0);
    expect(Math.abs(inStep(1) - 200)).toBeLessThan(60);
    expect(Math.abs(inStep(2) - 2_000)).toBeLessThan(200);
    expect(inStep(4)).toBe(20_000);
    expect(bucketOf('7', 'PX1')).not.toBe(bucketOf('8', 'PX1'));
  });
});

describe('a freeze', () => {
  const at = (text: string) => Date.parse(text);
  it.each<[string, string, readonly number[], string | undefined]>([
    ['an ordinary day', '2026-11-27T09:00:00Z', [1], undefined],
    ['the day of a charge', '2026-11-22T09:00:00Z', [1], 'credit was charged on 1405-09-01'],
    ['the day after it', '2026-11-23T09:00:00Z', [1], 'credit was charged on 1405-09-01'],
    ['two days after', '2026-11-24T09:00:00Z', [1], undefined],
    ['before Nowruz', '2027-03-10T09:00:00Z', [], 'Nowruz is near'],
    ['the holidays', '2027-03-30T09:00:00Z', [], 'Nowruz is near'],
    ['after them', '2027-04-05T09:00:00Z', [], undefined],
  ])('%s', (_, now, days, reason) => {
    const freeze = freezeAt(at(now), days, []);
    expect(freeze?.reason).toBe(reason);
    if (freeze !== undefined) expect(freeze.until).toBeGreaterThan(at(now));
  });

  it('of people counts, and that which ends last', () => {
    const own = { from: at('2026-11-20T00:00:00Z'), until: at('2026-12-20T00:00:00Z'), reason: 'a new bank' };
    expect(freezeAt(at('2026-11-22T09:00:00Z'), [1], [own])).toEqual({ reason: own.reason, until: own.until });
    expect(freezeAt(own.until, [], [own])).toBeUndefined();
    expect(freezeAt(own.from - 1, [], [own])).toBeUndefined(); // it is yet to come
  });

  it('of people that overlap, or follow one another, are one', () => {
    const freeze = (from: string, until: string, reason: string) => ({ from: at(from), until: at(until), reason });
    const first = freeze('2026-12-01T00:00:00Z', '2026-12-05T00:00:00Z', 'a move');
    const second = freeze('2026-12-04T00:00:00Z', '2026-12-08T00:00:00Z', 'a new bank');
    const within = freeze('2026-12-02T00:00:00Z', '2026-12-03T00:00:00Z', 'a test');
    const next = freeze('2026-12-08T00:00:00Z', '2026-12-09T00:00:00Z', 'a feast');
    const later = freeze('2026-12-10T00:00:00Z', '2026-12-11T00:00:00Z', 'another');
    expect(freezeAt(at('2026-12-02T09:00:00Z'), [], [later, within, next, first, second])).toEqual({
      reason: 'a feast',
      until: next.until,
    });
    expect(freezeAt(at('2026-12-02T09:00:00Z'), [], [within, first])).toEqual({ reason: 'a move', until: first.until });
    // Nowruz ends on 3 April, and people go on
    const after = freeze('2027-04-01T00:00:00Z', '2027-04-20T00:00:00Z', 'a fair');
    expect(freezeAt(at('2027-03-10T09:00:00Z'), [], [after])?.until).toBe(after.until);
  });
});

describe('the director', () => {
  const device: DeviceFacts = {
    terminal: '10000002',
    serial: 'PX2',
    profile: 'native',
    psp: 'Acme',
    model: 'PX 100',
    province: 'Tehran',
    installed: {},
  };
  const release = (changed: Partial<Release> = {}): Release => ({
    id: '1',
    component: 'menu',
    line: 'menu',
    profile: 'native',
    psp: null,
    hardware: ['*'],
    software: null,
    counter: 1,
    path: `menu/native-${changed.counter ?? 1}.json`,
    sha256: 'ab'.repeat(32),
    sha512: 'ab'.repeat(64),
    length: 100,
    minFrom: 0,
    deltas: [],
    effectiveFrom: '2026-11-01T00:00:00Z',
    effectiveUntil: null,
    textFa: 'x',
    textEn: 'x',
    stagedBy: 'a',
    approvedBy: 'b',
    state: 'published',
    ...changed,
  });
  const rollout = (changed: Partial<LiveRollout> = {}): LiveRollout => ({
    id: '1',
    releaseId: '1',
    state: 'done',
    step: 4,
    plan: PLAN,
    ...changed,
  });
  const now = Date.parse('2026-11-27T09:00:00Z');
  const told = (
    of: Partial<DeviceFacts>,
    releases: Release[],
    rollouts: LiveRollout[],
    freeze?: { reason: string; until: number },
  ) => instructionFor({ ...device, ...of }, releases, rollouts, { now, freeze });

  it.each<[string, Partial<DeviceFacts>, Partial<Release>, Partial<LiveRollout>, boolean]>([
    ['a device that it is for', {}, {}, {}, true],
    ['one of another profile', { profile: 'sadad-like' }, {}, {}, false],
    ['one of any profile, when it is for all', { profile: 'sadad-like' }, { profile: '*' }, {}, true],
    ['one of another PSP', {}, { psp: 'other' }, {}, false],
    ['one of its PSP and model, however they are written', {}, { psp: 'acme', hardware: ['px-100'] }, {}, true],
    ['one of another model', {}, { hardware: ['px-200'] }, {}, false],
    ['one of an unknown model', { model: null }, { hardware: ['px-100'] }, {}, false],
    ['one that is too old to take it at once', {}, { minFrom: 3, counter: 4 }, {}, false],
    ['one that is new enough', { installed: { menu: 3 } }, { minFrom: 3, counter: 4 }, {}, true],
    ['one that has a later one', { installed: { menu: 5 } }, { counter: 4 }, {}, false],
    ['nobody, while it is only proposed', {}, {}, { state: 'proposed' }, false],
    ['nobody, once it has ended', {}, {}, { state: 'ended' }, false],
    ['nobody, once its time is over', {}, { effectiveUntil: '2026-11-27T09:00:00Z' }, {}, false],
    ['no other in the first step', {}, {}, { state: 'running', step: 0 }, false],
    ['our own in the first step', { terminal: '10000001' }, {}, { state: 'running', step: 0 }, true],
    ['all in the last step', {}, {}, { state: 'running', step: 4 }, true],
    [
      'no other province',
      { province: 'Fars' },
      {},
      { plan: readPlan({ own: ['10000001'], provinces: ['Tehran'] }) },
      false,
    ],
  ])('offers a release to %s', (_, of, changed, how, offered) => {
    expect(told(of, [release(changed)], [rollout(how)]).components.menu !== undefined).toBe(offered);
  });

  it('stops a device at once when a rollout halts, and gives the one before where it has none', () => {
    const releases = [release({ id: '1', counter: 1 }), release({ id: '2', counter: 2 })];
    const rollouts = [rollout(), rollout({ id: '2', releaseId: '2', state: 'halted', step: 2 })];
    const answer = told({}, releases, rollouts);
    expect([answer.halted, answer.components.menu?.releaseCounter]).toEqual([true, 1]);
    expect(told({ installed: { menu: 2 } }, releases, rollouts).components).toEqual({}); // it keeps what it has: no counter falls
  });

  it('goes back by a new release with the old content', () => {
    const releases = [release({ id: '2', counter: 2 }), release({ id: '3', counter: 3 })];
    const rollouts = [
      rollout({ releaseId: '2', state: 'ended' }),
      rollout({ id: '3', releaseId: '3', state: 'running' }),
    ];
    const answer = told({ installed: { menu: 2 } }, releases, rollouts);
    expect([answer.halted, answer.components.menu?.releaseCounter, answer.components.menu?.action]).toEqual([
      false,
      3,
      'UPDT',
    ]);
  });

  it('installs at night, and not before a freeze ends', () => {
    const until = Date.parse('2027-04-03T20:30:00Z');
    const { menu } = told({}, [release()], [rollout()], { reason: 'x', until }).components;
    expect(menu).toMatchObject({
      notBefore: '2027-04-03T20:30:00Z',
      window: { from: '01:00', to: '06:00' },
      conditions: { noQueuedReversals: true },
    });
  });
});
