import { expect, test } from '@jest/globals';
import { HsmError } from '../../src/hsm/index.ts';
import type { Traces } from '../../src/traces/index.ts';
import { openPipe, outcome, purchase } from './support/pipe.ts';

/** Whatever becomes of a request of the sample, its trace ends, and once. */

interface Told {
  readonly begun: { readonly stan: string; readonly isRepeat: boolean }[];
  readonly steps: string[];
  readonly ends: object[];
  readonly traces: Traces;
}

function telling(): Told {
  const begun: Told['begun'] = [];
  const steps: string[] = [];
  const ends: object[] = [];
  const traces: Traces = {
    begin: ({ stan }, isRepeat) => {
      begun.push({ stan, isRepeat });
      return {
        step: (name, work) => {
          steps.push(name);
          return work();
        },
        over: (name) => steps.push(name),
        end: (said) => ends.push(said),
      };
    },
  };
  return { begun, steps, ends, traces };
}

const approves = { purchase: () => Promise.resolve({ kind: 'approved', outcome: outcome({}) } as const) };

test('a purchase that is answered: what was asked of whom, then its code', async () => {
  const told = telling();
  const pipe = await openPipe(approves, { traces: told.traces });
  await pipe.send('0200', purchase());
  expect(told.steps).toEqual(['decode and check', 'ledger purchase', 'answer']);
  expect(told.ends).toEqual([{ 'kalabarg.rc': '00', 'kalabarg.rrn': '632712000001' }]);
});

test('one whose outcome nobody knows, and that is not answered', async () => {
  const told = telling();
  const lost = { purchase: () => Promise.reject(new Error('Connection terminated')) };
  const pipe = await openPipe(lost, { traces: told.traces });
  await pipe.send('0200', purchase());
  expect(told.ends).toEqual([{ 'kalabarg.failed': 'Error' }]);
});

test('one whose answer cannot be written', async () => {
  const told = telling();
  const pipe = await openPipe(approves, {
    traces: told.traces,
    hsm: (real) => ({ ...real, generateMac: () => Promise.reject(new HsmError('hsm.unavailable', 'gone')) }),
  });
  expect(await pipe.send('0200', purchase())).toBeUndefined();
  expect(told.ends).toHaveLength(1);
});

test('a repeat says that it is one', async () => {
  const told = telling();
  const pipe = await openPipe(approves, { traces: told.traces });
  await pipe.send('0200', purchase());
  await pipe.send('0201', purchase());
  expect(told.begun.map(({ isRepeat }) => isRepeat)).toEqual([false, true]);
  expect(new Set(told.begun.map(({ stan }) => stan)).size).toBe(1);
});

test('outside the sample the ledger is asked as always', async () => {
  const pipe = await openPipe(approves, { traces: { begin: () => undefined } });
  expect((await pipe.send('0200', purchase()))?.get(39)).toBe('00');
  expect(pipe.asked.map(({ method }) => method)).toEqual(['purchase']);
});
