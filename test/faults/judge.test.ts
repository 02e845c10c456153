import { expect, test } from '@jest/globals';
import { compare, type Row } from '../../faults/judge.ts';
import type { View } from '../system/chaos/terminals.ts';

const seen = (stan: string, belief: View['belief']): View => ({
  terminal: '10000001',
  stan,
  localTime: '101112',
  localDate: '1128',
  household: 1,
  amountRials: 10n,
  belief,
  rc: belief === 'approved' ? '00' : '51',
  returnedRials: 0n,
  complaint: undefined,
});
const row = (stan: string, approved: boolean): Row => ({ name: `10000001 ${stan} 101112 1128`, approved });

test.each([
  ['what was heard is there once', [seen('000001', 'approved')], [row('000001', true)], { lost: 0, doubled: 0 }],
  ['heard, and not there', [seen('000001', 'approved')], [], { lost: 1, doubled: 0 }],
  ['heard, and declined there', [seen('000001', 'approved')], [row('000001', false)], { lost: 1, doubled: 0 }],
  ['there twice', [seen('000001', 'approved')], [row('000001', true), row('000001', true)], { lost: 0, doubled: 1 }],
  ['there though it was reversed', [seen('000001', 'reversed')], [row('000001', true)], { lost: 0, doubled: 1 }],
  ['declined on both sides', [seen('000001', 'declined')], [row('000001', false)], { lost: 0, doubled: 0 }],
])('%s', (_name, views, rows, counts) => {
  expect(compare(views, rows)).toEqual(counts);
});
