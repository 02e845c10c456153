import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CAPABILITY_NAMES,
  CASES,
  memoryRun,
  RIG_PATIENCE_MS,
  runCases,
  type Capability,
  type Case,
  type RunState,
} from '../../src/certification/index.ts';
import { DEMO_PIN, DEMO_TERMINALS } from '../../src/demo/index.ts';
import { TILL_FAULTS, type TillFault } from '../../src/simulators/terminal/index.ts';
import { rigIn, SUBJECT, type RigSetting } from './rig.ts';

const TERMINAL = DEMO_TERMINALS[0]!;
const AES = DEMO_TERMINALS[20]!;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-certify-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(
  cases: readonly Case[],
  options: RigSetting & { capabilities?: readonly Capability[] } = {},
): Promise<RunState> {
  const device = options.device ?? TERMINAL;
  const rig = await rigIn(folder, options);
  try {
    const { state } = await runCases({
      subject: {
        ...SUBJECT,
        terminal: device.terminal,
        capabilities: options.capabilities ?? CAPABILITY_NAMES,
      },
      cases,
      host: rig.host,
      hand: rig.hand,
      store: memoryRun(),
      clock: rig.clock,
      name: 'test',
      pin: DEMO_PIN,
      patienceMs: RIG_PATIENCE_MS,
    });
    return state;
  } finally {
    await rig.close();
  }
}

function of(...areas: readonly Case['area'][]): Case[] {
  return CASES.filter(({ area }) => areas.includes(area));
}

function namesIn({ results }: RunState): string[] {
  return [...new Set(Object.values(results).flatMap(({ findings }) => findings.map(({ fault }) => fault)))];
}

/** @param strict every case must apply */
function failures({ results }: RunState, strict = true): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(results)
      .filter(([, { verdict }]) => verdict !== 'passed' && (verdict !== 'not-applicable' || strict))
      .map(([id, { findings, verdict }]) => [id, [verdict, ...findings.map(({ fault, why }) => `${fault}: ${why}`)]]),
  );
}

test('there are at least sixty cases, each with a name of its own, words in both languages and a source', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
  for (const { title, source, steps, must, never } of CASES) {
    expect([title.fa, title.en, source].every((text) => text.length > 3)).toBe(true);
    expect(steps.length).toBeGreaterThan(0);
    expect(must.length + never.length).toBeGreaterThan(0);
  }
});

test('our own simulator passes every case', async () => {
  const state = await run(CASES);
  expect(failures(state)).toEqual({});
  expect(Object.keys(state.results)).toHaveLength(CASES.length);
});

test.each(['sadad-like', 'behpardakht-like'])('so does one that speaks %s', async (profile) => {
  const state = await run(CASES, { profile });
  expect(failures(state, false)).toEqual({});
  const passed = Object.values(state.results).filter(({ verdict }) => verdict === 'passed');
  expect(passed.length).toBeGreaterThan(90); // the rest is about what its PSP has no message for
});

test('so does one with AES keys', async () => {
  const state = await run(of('keys', 'inquiry', 'answer'), { device: AES });
  expect(failures(state)).toEqual({});
});

test('what a device does not do does not apply to it', async () => {
  const { results } = await run(of('update', 'advice', 'totals'), { confirms: false, capabilities: ['totals'] });
  const verdicts = Object.entries(results).map(([id, { verdict }]) => [id.split('.')[0], verdict]);
  expect(verdicts.filter(([area]) => area !== 'totals').every(([, verdict]) => verdict === 'not-applicable')).toBe(
    true,
  );
  expect(verdicts).toContainEqual(['totals', 'passed']);
});

/** Each planted fault, how a run names it, and the areas in which it shows. */
const PLANTED: readonly (readonly [fault: TillFault, named: string, areas: readonly Case['area'][]])[] = [
  ['reuses-stan', 'stan-reused', ['power']],
  ['forgets-reversal', 'reversal-not-repeated', ['reversal']],
  ['accepts-wrong-mac', 'wrong-mac-accepted', ['answer']],
  ['prints-early', 'receipt-before-answer', ['silence']],
  ['miscounts', 'totals-wrong', ['totals']],
  ['resends-as-new', 'sent-again-as-new', ['silence']],
];

test('every fault that a simulated till can have is tried', () => {
  expect(PLANTED.map(([fault]) => fault)).toEqual([...TILL_FAULTS]);
});

test('a device with six faults fails, and each of them is named', async () => {
  const named = namesIn(await run(CASES, { faults: TILL_FAULTS }));
  expect(named).toEqual(expect.arrayContaining(PLANTED.map(([, name]) => name)));
});

test.each(PLANTED)('a device that %s fails by that name alone', async (fault, name, areas) => {
  const named = namesIn(await run(of(...areas), { faults: [fault] }));
  const others = PLANTED.map(([, each]) => each).filter((each) => each !== name);
  expect(named).toContain(name);
  expect(named.filter((each) => others.includes(each))).toEqual([]);
});

test('a device of another PSP with the faults fails, and each that it can have is named', async () => {
  const planted = PLANTED.filter(([fault]) => fault !== 'miscounts'); // sadad-like has no totals
  const cases = of('power', 'reversal', 'answer', 'silence');
  const state = await run(cases, { profile: 'sadad-like', faults: planted.map(([fault]) => fault) });
  expect(namesIn(state)).toEqual(expect.arrayContaining(planted.map(([, name]) => name)));
  const frames = Object.values(state.results).flatMap((result) => result.frames.map(({ text }) => text));
  expect(frames.some((text) => text.includes('680000'))).toBe(true); // as it came, in the PSP's words
});

test('a device with a wrong certificate is not let in', async () => {
  const { results } = await run(of('connection').slice(0, 1), { device: TERMINAL, certificateOf: AES.terminal });
  expect(results['connection.first']?.lines.map(({ what }) => what)).toContainEqual(
    `refused: the certificate is of ${AES.terminal}, not of ${TERMINAL.terminal}`,
  );
});
