import { linearisable, type Operation } from '../../simulation/checks/linearisable.ts';

type Counter = Operation<bigint>;

const takes = (from: number, to: number, rials: bigint, left: bigint): Counter => ({
  from,
  to,
  label: `takes ${rials}`,
  after: (credit) => (credit - rials === left && left >= 0n ? [left] : []),
});
const sees = (from: number, to: number, left: bigint): Counter => ({
  from,
  to,
  label: `sees ${left}`,
  after: (credit) => (credit === left ? [credit] : []),
});
const unheard = (from: number, rials: bigint): Counter => ({
  from,
  to: Number.POSITIVE_INFINITY,
  optional: true,
  label: `may take ${rials}`,
  after: (credit) => (credit >= rials ? [credit - rials] : []),
});

const judged = (history: readonly Counter[], start: bigint, end: bigint, most?: number): string =>
  linearisable(history, start, (credit) => credit === end, String, most);

test.each<[string, readonly Counter[], bigint, string]>([
  ['nothing', [], 10n, 'linearisable'],
  ['one after the other', [takes(1, 2, 4n, 6n), takes(3, 4, 6n, 0n)], 0n, 'linearisable'],
  ['at once, in either order', [takes(1, 4, 4n, 0n), takes(2, 3, 6n, 4n)], 0n, 'linearisable'],
  ['an answer that is of before its question', [takes(1, 2, 4n, 6n), sees(3, 4, 10n)], 6n, 'not linearisable'],
  ['a look at what is under way', [takes(1, 4, 4n, 6n), sees(2, 3, 10n)], 6n, 'linearisable'],
  [
    'two looks that disagree on the order',
    [takes(1, 9, 4n, 6n), sees(2, 3, 6n), sees(4, 5, 10n)],
    6n,
    'not linearisable',
  ],
  ['credit that is spent twice', [takes(1, 2, 6n, 4n), takes(1, 2, 6n, 4n)], 4n, 'not linearisable'],
  ['credit that is gone without a reason', [sees(1, 2, 10n)], 9n, 'not linearisable'],
  ['what nobody heard of, and was done', [unheard(1, 3n), sees(5, 6, 7n)], 7n, 'linearisable'],
  ['what nobody heard of, and was not done', [unheard(1, 3n), sees(5, 6, 10n)], 10n, 'linearisable'],
  ['what nobody heard of, and was done late', [unheard(1, 3n), sees(5, 6, 10n), sees(7, 8, 7n)], 7n, 'linearisable'],
  ['what nobody heard of, done and undone', [unheard(1, 3n), sees(5, 6, 7n), sees(7, 8, 10n)], 10n, 'not linearisable'],
  ['what nobody heard of, before it was asked', [sees(1, 2, 7n), unheard(3, 3n)], 7n, 'not linearisable'],
])('a history: %s', (_name, history, end, finding) => {
  expect(judged(history, 10n, end)).toBe(finding);
});

test('what follows another thing is skipped with it, and never comes before it', () => {
  const holds = { ...unheard(1, 3n), to: 5 };
  const gives: Counter = { from: 1, to: 9, follows: 0, label: 'gives back', after: (credit) => [credit + 3n] };
  expect(judged([holds, gives, sees(2, 3, 7n)], 10n, 10n)).toBe('linearisable');
  expect(judged([holds, gives, sees(2, 3, 13n)], 10n, 10n)).toBe('not linearisable');
  expect(judged([holds, gives], 10n, 7n)).toBe('not linearisable');
});

test('a history that is too long to judge is left open', () => {
  const many = Array.from({ length: 12 }, (_, index) => unheard(1, BigInt(index + 1)));
  expect(judged(many, 1_000n, 7_777n, 100)).toBe('unknown');
});

test('a long history in order is judged at once', () => {
  const long = Array.from({ length: 400 }, (_, index) => takes(2 * index, 2 * index + 1, 1n, BigInt(999 - index)));
  expect(judged(long, 1_000n, 600n)).toBe('linearisable');
});
