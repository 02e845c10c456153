import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../src/ops/errors.ts';
import type { UpdatesPort } from '../../src/handlers/ports.ts';
import { NOW, openPipe, outcome, purchase } from './support/pipe.ts';

const NEWS = '00000001244136fa3';

const port = (changed: Partial<UpdatesPort> = {}): UpdatesPort => ({
  announcement: () => NEWS,
  canInstall: () => true,
  chunk: () => Promise.resolve(undefined),
  wireReport: () => Promise.resolve(),
  wrongMac: () => undefined,
  ...changed,
});
const network = (code: string, tags: Record<string, string> = {}) => ({
  11: '000009',
  70: code,
  ...(Object.keys(tags).length === 0 ? {} : { 48: tags }),
});
const approving = { purchase: () => Promise.resolve({ kind: 'approved' as const, outcome: outcome() }) };

describe('tag 16', () => {
  it('is in every 0210 and 0810 while something is published', async () => {
    const pipe = await openPipe(approving, { updates: port() });
    expect((await pipe.send('0200', purchase()))?.get('48.16')).toBe(NEWS);
    expect((await pipe.send('0800', network('301')))?.get('48.16')).toBe(NEWS);
  });

  it('is in a refusal too: a device that is too old hears of what would help it', async () => {
    const pipe = await openPipe({}, { updates: port() });
    const answer = await pipe.send('0200', purchase({ 4: '000000000000' }));
    expect([answer?.get(39), answer?.get('48.16')]).toEqual(['13', NEWS]);
  });

  it('is in no other answer', async () => {
    const pipe = await openPipe(
      { reverse: () => Promise.resolve({ kind: 'done' as const, rc: '00', reason: '' } as never) },
      { updates: port() },
    );
    const original = '0200' + '000001' + '1123090000' + '0'.repeat(22);
    const answer = await pipe.send('0420', { ...purchase({ 22: undefined }), 90: original });
    expect(answer?.mti).toBe('0430');
    expect(answer?.get('48.16')).toBeUndefined();
  });

  it.each([
    ['nothing is published', { updates: port({ announcement: () => undefined }) }],
    ['there are no updates here', {}],
  ])('is in none where %s', async (_, options) => {
    const pipe = await openPipe(approving, options);
    expect((await pipe.send('0200', purchase()))?.get('48.16')).toBeUndefined();
    expect((await pipe.send('0800', network('301')))?.get(48)).toBeUndefined();
  });
});

describe('0800 901, a piece of a file', () => {
  it('gives the longest piece beside everything else', async () => {
    const chunk = '0000000000001000' + 'A'.repeat(936) + '00000000';
    const asked: string[] = [];
    const updates = port({
      chunk: (terminal, tag) => {
        asked.push(`${terminal} ${tag}`);
        return Promise.resolve(chunk);
      },
    });
    const pipe = await openPipe({}, { updates });
    const answer = await pipe.send('0800', network('901', { '35': '00000000timestamp.json' }));
    expect([answer?.get(39), answer?.get('48.36'), answer?.get('48.16')]).toEqual(['00', chunk, NEWS]);
    expect(asked).toEqual(['10000001 00000000timestamp.json']);
  });

  it.each<[string, Record<string, string>, Partial<UpdatesPort>, string, string]>([
    ['no such file', { '35': '00000000x.json' }, {}, '25', '48.35'],
    ['no tag', {}, {}, '30', '48.35'],
    ['a tag that asks for nothing', { '35': 'x' }, { chunk: () => Promise.reject(new GatewayError('updates.malformed', 'no')) }, '30', '48.35'], // prettier-ignore
    [
      'a database that is away',
      { '35': '00000000x.json' },
      { chunk: () => Promise.reject(new Error('away')) },
      '96',
      '',
    ],
  ])('is refused: %s', async (_, tags, changed, rc, fault) => {
    const pipe = await openPipe({}, { updates: port(changed) });
    const answer = await pipe.send('0800', network('901', tags));
    expect([answer?.get(39), answer?.get('48.90') ?? '']).toEqual([rc, fault]);
  });

  it('is an unknown code where there are no updates', async () => {
    const pipe = await openPipe({});
    expect((await pipe.send('0800', network('901', { '35': '00000000x' })))?.get(39)).toBe('12');
    expect((await pipe.send('0800', network('902', { '37': '{}' })))?.get(39)).toBe('12');
  });
});

describe('0800 902, a version report', () => {
  it('is taken under its MAC', async () => {
    const taken: string[] = [];
    const updates = port({
      wireReport: (terminal, tag) => {
        taken.push(`${terminal} ${tag}`);
        return Promise.resolve();
      },
    });
    const pipe = await openPipe({}, { updates });
    expect((await pipe.send('0800', network('902', { '37': '{"گزارش":1}' })))?.get(39)).toBe('00');
    expect(taken).toEqual(['10000001 {"گزارش":1}']);
  });

  it('is refused without a MAC, with a wrong one, and before there are keys', async () => {
    const fields = network('902', { '37': '{}' });
    const wrongs: string[] = [];
    const pipe = await openPipe({}, { updates: port({ wrongMac: (terminal) => void wrongs.push(terminal) }) });
    const wrong = pipe.sealed('0800', fields);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    expect((await answerOf(pipe.raw(wrong)))?.get(39)).toBe('63');
    expect(wrongs).toEqual(['10000001']); // rollouts compare who has such
    const { codec } = await import('./support/pipe.ts');
    const bare = codec.encode({ mti: '0800', fields: { 7: '1123090000', ...fields, 41: '10000001' } });
    expect((await answerOf(pipe.raw(bare)))?.get(39)).toBe('63');
    const unkeyed = await openPipe({}, { updates: port(), terminal: { keys: undefined }, now: () => NOW });
    expect((await answerOf(unkeyed.raw(bare)))?.get(39)).toBe('76');
  });

  it('of another device is refused', async () => {
    const forged = { wireReport: () => Promise.reject(new GatewayError('updates.forged', 'the serial is another')) };
    const pipe = await openPipe({}, { updates: port(forged) });
    const answer = await pipe.send('0800', network('902', { '37': '{}' }));
    expect([answer?.get(39), answer?.get('48.90')]).toEqual(['30', '48.37']);
  });
});

async function answerOf<Message>(sent: Promise<Message | 'closed' | undefined>): Promise<Message | undefined> {
  const answer = await sent;
  return answer === 'closed' ? undefined : answer;
}
