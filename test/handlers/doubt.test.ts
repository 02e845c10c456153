import { expect, test } from '@jest/globals';
import { outcomeUnknown } from '../../src/handlers/doubt.ts';
import { HsmError } from '../../src/hsm/index.ts';

const failed = (code: string | undefined): Error => Object.assign(new Error('failed'), { code });

test.each<[string, Error, boolean]>([
  ['the connection was reset', failed('ECONNRESET'), true],
  ['the pipe broke', failed('EPIPE'), true],
  ['pg lost its connection, and says so without a code', failed(undefined), true],
  ['the server was shut down under it', failed('57P01'), true],
  ['the connection failed at the server', failed('08006'), true],
  ['nobody listens, but it may be a repeat', failed('ECONNREFUSED'), true],
  ['it has no connections left', failed('53300'), true],
  ['a constraint refused it', failed('23514'), false],
  ['the function raised', failed('P0001'), false],
  ['the server has a fault of its own', failed('XX000'), false],
  ['the HSM failed before the ledger was asked', new HsmError('hsm.unavailable', 'gone'), false],
])('%s: is the outcome unknown?', (_name, error, expected) => {
  expect(outcomeUnknown(error)).toBe(expected);
});
