import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Matching, type Identity } from '../../../src/net/link/matching.ts';

const asked: Identity = { answerMti: '0210', stan: '000001', transmission: '1123090000', terminal: '10000001' };

test.each([
  ['DE 41', { terminal: '10000002' }],
  ['DE 7', { transmission: '1123090001' }],
  ['DE 11', { stan: '000002' }],
  ['MTI', { answerMti: '0230' }],
])('an answer that would match but for %s says so', (name, change) => {
  const matching = new Matching<string>(() => 0);
  matching.add(asked, 'request');
  const match = matching.take({ ...asked, ...change });
  expect(match.kind === 'unmatched' && match.near?.but).toBe(name);
  expect(match.kind === 'unmatched' && match.near?.explanation).toContain(`would match but for ${name}`);
  expect(matching.take(asked)).toEqual({ kind: 'matched', value: 'request' });
});

test('an answer that is late and wrong at once is explained by the request that was given up', () => {
  const matching = new Matching<string>(() => 0);
  matching.add(asked, 'request');
  matching.giveUp(asked);
  const match = matching.take({ ...asked, terminal: '10000002' });
  expect(match.kind === 'unmatched' && match.near?.explanation).toContain('would match but for DE 41');
  expect(match.kind === 'unmatched' && match.near?.explanation).toContain('given up before');
});

test('an answer that differs in two parts is near nothing', () => {
  const matching = new Matching<string>(() => 0);
  matching.add(asked, 'request');
  const match = matching.take({ ...asked, stan: '000002', terminal: '10000002' });
  expect(match).toEqual({ kind: 'unmatched', near: undefined });
});

test('every request is matched once at most, whatever comes in whatever order', () => {
  const event = fc.record({ what: fc.constantFrom('add', 'answer', 'giveUp'), stan: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const matching = new Matching<number>(() => 0);
      const open = new Set<number>();
      for (const { what, stan } of events) {
        const identity = { ...asked, stan: String(stan).padStart(6, '0') };
        if (what === 'add') {
          expect(matching.add(identity, stan)).toBe(!open.has(stan));
          open.add(stan);
        } else if (what === 'giveUp') {
          matching.giveUp(identity);
          open.delete(stan);
        } else {
          expect(matching.take(identity).kind === 'matched').toBe(open.has(stan));
          open.delete(stan);
        }
        expect(matching.size).toBe(open.size);
      }
    }),
  );
});

test('the memory of settled requests is bounded', () => {
  const matching = new Matching<number>(() => 0);
  for (let i = 0; i < 25_000; i++) {
    const identity = { ...asked, stan: String(i) };
    matching.add(identity, i);
    matching.giveUp(identity);
  }
  expect(matching.take({ ...asked, stan: '0' }).kind).toBe('unmatched');
  expect(matching.take({ ...asked, stan: '24999' }).kind).toBe('late');
});
