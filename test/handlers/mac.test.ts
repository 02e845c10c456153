import { describe, expect, test } from '@jest/globals';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { checkMac, seal } from '../../src/handlers/mac.ts';
import { softwareHsm } from '../../src/hsm/index.ts';
import type { SessionKeys, TerminalRecord } from '../../src/merchants/directory.ts';

const hsm = softwareHsm({ lmk: Buffer.alloc(32, 4) });
const codec = compile(loadSpec('kalabarg-pos'));
const CHANGED_AT = 1_000_000;
const UNTIL = CHANGED_AT + 60_000;

async function pair(algorithm: 'TDES' | 'AES'): Promise<SessionKeys> {
  return {
    tpk: await hsm.generateKey({ usage: 'P0', algorithm, bits: 128 }),
    tak: await hsm.generateKey({ usage: algorithm === 'AES' ? 'M6' : 'M3', algorithm, bits: 128 }),
  };
}

/** A request under a pair of keys, checked at an instant against a terminal whose keys were changed. */
async function check(under: SessionKeys | undefined, terminal: Partial<TerminalRecord>, now: number) {
  const fields = { 3: '179800', 4: '000000001000', 11: '000001', 41: '10000001' };
  const body = await seal({ mti: '0200', fields }, under, codec, hsm);
  const record = { terminal: '10000001', merchant: '1', profile: 'native', blocked: false, tmk: undefined } as const;
  const keys = { keys: undefined, previous: undefined, previousUntil: 0, ...terminal };
  return checkMac(codec.decode(body), body, { ...record, ...keys }, hsm, now);
}

describe.each(['TDES', 'AES'] as const)('%s session keys', (algorithm) => {
  test.each<[string, 'new' | 'old' | 'other' | 'none', number, 'new' | 'old' | 'wrong' | 'absent']>([
    ['the pair in force', 'new', CHANGED_AT, 'new'],
    ['the pair before, at once', 'old', CHANGED_AT, 'old'],
    ['the pair before, 59.999 s later', 'old', UNTIL - 1, 'old'],
    ['the pair before, a minute later', 'old', UNTIL, 'wrong'],
    ['the pair in force, long after', 'new', UNTIL + 86_400_000, 'new'],
    ['keys that it never had', 'other', CHANGED_AT, 'wrong'],
    ['no key', 'none', CHANGED_AT, 'absent'],
  ])('a request under %s', async (_, under, now, expected) => {
    const pairs = {
      new: await pair(algorithm),
      old: await pair(algorithm),
      other: await pair(algorithm),
      none: undefined,
    };
    const terminal = { keys: pairs.new, previous: pairs.old, previousUntil: UNTIL };
    const result = await check(pairs[under], terminal, now);
    if (expected === 'wrong' || expected === 'absent') expect(result).toEqual({ kind: expected });
    // The PIN is under the pair of the MAC, and so is the answer.
    else expect(result).toEqual({ kind: 'good', keys: pairs[expected] });
  });

  test('a changed byte anywhere before the MAC is found', async () => {
    const keys = await pair(algorithm);
    const body = await seal(
      { mti: '0800', fields: { 7: '1123094500', 11: '000001', 41: '10000001', 70: '301' } },
      keys,
      codec,
      hsm,
    );
    const message = codec.decode(body);
    const terminal = {
      terminal: '10000001',
      merchant: '1',
      profile: 'native',
      blocked: false,
      tmk: undefined,
    } as const;
    const record = { ...terminal, keys, previous: undefined, previousUntil: 0 };
    for (let at = 0; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed[at] = changed[at]! ^ 1;
      const mac = changed.subarray(-8);
      const seen = { fields: () => message.fields(), bytes: () => mac } as unknown as typeof message;
      expect(await checkMac(seen, changed, record, hsm, 0)).toEqual({ kind: 'wrong' });
    }
  });
});
