import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CASES,
  fileStore,
  reportHtml,
  reportOf,
  runCases,
  signReport,
  verifyReport,
  waive,
  type RunState,
} from '../../src/certification/index.ts';
import { DEMO_PIN, demoPan, demoTrack2 } from '../../src/demo/index.ts';
import { rigIn, SUBJECT } from './rig.ts';

/** Few cases, one of which a faulty device fails. */
const CHOSEN = CASES.filter(({ id }) =>
  ['purchase.whole-from-voucher', 'silence.no-answer', 'inquiry.reserved'].includes(id),
);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
let folder: string;
let file: string;
let state: RunState;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-report-'));
  file = join(folder, 'run.json');
  state = await run(CHOSEN.length);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** @param most cases after which nobody is at the device any more */
async function run(most: number): Promise<RunState> {
  const rig = await rigIn(folder, { faults: ['prints-early'] });
  try {
    const { state: after } = await runCases({
      subject: SUBJECT,
      cases: CHOSEN.slice(0, most),
      host: rig.host,
      hand: rig.hand,
      store: fileStore(file),
      clock: rig.clock,
      name: 'run 1',
      pin: DEMO_PIN,
    });
    return after;
  } finally {
    await rig.close();
  }
}

test('a report says what failed, and holds under its key alone', () => {
  const signed = signReport(reportOf(state, CHOSEN, '1.0.0'), privateKey);
  expect(signed.report).toMatchObject({ verdict: 'failed', counts: { passed: 2, failed: 1 }, subject: SUBJECT });
  expect(signed.report.faults).toContain('receipt-before-answer');
  const text = JSON.stringify(signed);
  expect(verifyReport(text, publicKey).report).toEqual(signed.report);
  const other = generateKeyPairSync('ed25519').publicKey;
  expect(() => verifyReport(text, other)).toThrow('The report is signed with key');
  const changed = text.replace('"verdict":"failed"', '"verdict":"passed"');
  expect(() => verifyReport(changed, publicKey)).toThrow('The report was changed after it was signed'.slice(4));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  expect(() => signReport(signed.report, rsa)).toThrow('Reports are signed with Ed25519');
});

test.each([['{'], ['{}'], ['{"report":{"format":"kalabarg certification 1"}}'], ['null'], ['[]']])(
  '%s is no report',
  (text) => {
    expect(() => verifyReport(text, publicKey)).toThrow('This is no signed report');
  },
);

test('frames are decoded in it, and it holds no PAN, track, PIN block or key', () => {
  const signed = signReport(reportOf(state, CHOSEN, '1.0.0'), privateKey);
  const all = JSON.stringify(signed) + reportHtml(signed) + JSON.stringify(state);
  expect(all).toContain('0200 ');
  expect(all).toContain('603799******');
  expect(all).not.toContain(demoPan(7));
  expect(all).not.toContain(demoTrack2(7).slice(17));
  expect(all).not.toMatch(/ 52 Personal identification number data +[0-9A-F]/);
  expect(all).not.toMatch(/[BD]0\d{3}(?:P0|M3|M6)[TA]/);
});

test('the page stands alone, in both languages, and runs no script', () => {
  const html = reportHtml(signReport(reportOf(state, CHOSEN, '1.0.0'), privateKey));
  expect(html).toContain('dir="rtl"');
  expect(html).toContain('lang="en" dir="ltr"');
  expect(html).toContain('گزارش گواهی پایانه');
  expect(html).not.toMatch(/<script|https?:\/\/|src="/);
  const hostile = reportOf({ ...state, subject: { ...SUBJECT, vendor: '<img src=x onerror=1>' } }, CHOSEN, '1.0.0');
  expect(reportHtml(signReport(hostile, privateKey))).not.toContain('<img');
});

test('a waiver needs a person, a reason and a case that failed; then the run passes, and the report says who waived it', () => {
  const waiver = { by: 'maryam', reason: 'the printer of the sample is slow', at: '2026-11-28T06:00:00.000Z' };
  expect(() => waive(state, 'silence.no-answer', { ...waiver, reason: 'no' })).toThrow('at least ten letters');
  expect(() => waive(state, 'silence.no-answer', { ...waiver, by: '' })).toThrow('needs a person');
  expect(() => waive(state, 'purchase.whole-from-voucher', waiver)).toThrow('has not failed');
  const report = reportOf(waive(state, 'silence.no-answer', waiver), CHOSEN, '1.0.0');
  expect(report).toMatchObject({ verdict: 'passed', counts: { waived: 1 } });
  expect(reportHtml(signReport(report, privateKey))).toContain(waiver.reason);
});

test('a run goes on where it was left, and is that of one device', async () => {
  rmSync(file);
  const begun = await run(1);
  expect(reportOf(begun, CHOSEN, '1.0.0')).toMatchObject({ verdict: 'incomplete', counts: { passed: 1, missing: 2 } });
  writeFileSync(`${file}.new`, '{"half'); // a write that a crash cut short
  const after = await run(CHOSEN.length);
  expect(Object.keys(after.results)).toEqual(CHOSEN.map(({ id }) => id));
  expect(after.results['purchase.whole-from-voucher']).toEqual(begun.results['purchase.whole-from-voucher']);
  const other = { ...SUBJECT, software: '1.4.1' };
  const rig = await rigIn(folder);
  const { host, hand, clock } = rig;
  await expect(
    runCases({ subject: other, cases: CHOSEN, host, hand, clock, store: fileStore(file), name: 'run 2' }),
  ).rejects.toThrow('The run in this file is of Example · N-910 · 1.4.0');
  await rig.close();
  writeFileSync(file, '{"format":2}');
  expect(() => fileStore(file).read()).toThrow('is no certification run');
});
