import { describe, expect, it } from '@jest/globals';
import type { UpdatesPort } from '../../src/handlers/ports.ts';
import { screenText, TERMINAL_OUTDATED } from '../../src/handlers/screen-text.ts';
import { NOW, openPipe, outcome, purchase } from './support/pipe.ts';

/** Minimum versions in the pipeline: what of a terminal's span, the moment and updates makes a sale one of old software. */

const DAY = 86_400_000;
const approved = () => Promise.resolve({ kind: 'approved' as const, outcome: outcome() });
const ledger = { purchase: approved, quote: approved, return: approved, forward: approved };
const port = (canInstall: boolean): UpdatesPort => ({
  announcement: () => undefined,
  canInstall: () => canInstall,
  chunk: () => Promise.resolve(undefined),
  wireReport: () => Promise.resolve(),
  wrongMac: () => undefined,
});
const span = (from: number, until: number) => ({ from: NOW + from, until: NOW + until });

describe('a sale', () => {
  it.each<[string, readonly { from: number; until: number }[] | undefined, boolean, boolean]>([
    ['of a terminal that is below no minimum', undefined, true, false],
    ['in the time of notice', [span(DAY, 90 * DAY)], true, false],
    ['at the instant', [span(0, 90 * DAY)], true, true],
    ['a millisecond before', [span(1, 90 * DAY)], true, false],
    ['after it', [span(-DAY, 90 * DAY)], true, true],
    ['where the metadata of the update has ended', [span(-DAY, 0)], true, false],
    ['of one of two minimums', [span(DAY, 90 * DAY), span(-DAY, 90 * DAY)], true, true],
    ['while nothing can be installed', [span(-DAY, 90 * DAY)], false, false],
  ])('%s', async (_, outdated, canInstall, expected) => {
    const pipe = await openPipe(ledger, { terminal: { outdated }, updates: port(canInstall) });
    await pipe.send('0200', purchase());
    expect(pipe.asked).toMatchObject([{ method: 'purchase', request: { outdated: expected } }]);
  });

  it('is not refused by a copy of the gateway that knows nothing of updates', async () => {
    const pipe = await openPipe(ledger, { terminal: { outdated: [span(-DAY, DAY)] } });
    await pipe.send('0200', purchase());
    expect(pipe.asked).toMatchObject([{ request: { outdated: false } }]);
  });
});

describe('a terminal whose software is too old to sell with', () => {
  const open = (reached: Parameters<typeof openPipe>[0] = ledger) =>
    openPipe(reached, { terminal: { outdated: [span(-DAY, 90 * DAY)] }, updates: port(true) });

  it('reserves no credit, and asks what is left', async () => {
    const pipe = await open();
    await pipe.send('0200', purchase({ 3: '379800', 48: { '15': '1' } }));
    await pipe.send('0200', purchase({ 3: '379800', 11: '000002' }));
    expect(pipe.asked.map(({ request }) => request['outdated'])).toEqual([true, false]);
  });

  it.each<[string, string, Record<number, unknown>]>([
    ['an ordinary purchase', 'forward', { 3: '000000', 52: '0123456789ABCDEF', 53: '0100000000000000' }],
    ['a return', 'return', { 3: '279800', 48: { '10': '632712000001' } }],
  ])('does everything else: %s', async (_, method, fields) => {
    const pipe = await open();
    await pipe.send('0200', purchase(fields as never));
    expect(pipe.asked).toMatchObject([{ method }]);
    expect(pipe.asked[0]?.request['outdated']).toBeUndefined();
  });

  it('hears at its sign-on from which day on, and its answer is an approval', async () => {
    const pipe = await open();
    const answer = await pipe.send('0800', { 11: '000009', 70: '001' });
    expect([answer?.get(39), answer?.get('48.13')]).toEqual([
      '00',
      'از ۱۴۰۵/۰۹/۰۱ خرید کالابرگ انجام نمی‌شود؛ پایانه را به‌روز کنید',
    ]);
    const modern = await openPipe(ledger, { updates: port(true) });
    expect((await modern.send('0800', { 11: '000009', 70: '001' }))?.get(48)).toBeUndefined();
  });

  it('is told on its screen what to do', async () => {
    const refused = outcome({ rc: '58', reason: TERMINAL_OUTDATED });
    const pipe = await open({
      purchase: () => Promise.resolve({ kind: 'declined' as const, outcome: refused } as never),
    });
    const answer = await pipe.send('0200', purchase());
    expect([answer?.get(39), answer?.get('48.13')]).toEqual(['58', screenText('58', TERMINAL_OUTDATED)]);
    expect(answer?.get('48.13')).toContain('به‌روز');
    expect(Buffer.byteLength(answer?.get('48.13') ?? '')).toBeLessThanOrEqual(120);
  });
});
