import { expect, test } from '@jest/globals';
import { openPasswords } from '../../src/people/password.ts';

const passwords = openPasswords(Buffer.alloc(32, 1));

test.each([
  ['elevenchars', 'fewer than 12'],
  ['x'.repeat(129), 'more than 128'],
  ['aaaabbbbccccdddd', 'fewer than 5 different'],
  ['maryam-is-my-own-name', 'the name of its person'],
  ['Maryam2026!mehr', 'the name of its person'],
  ['abcdefghijklmnop', 'neighbouring'],
  ['1234567890123', 'neighbouring'],
  ['qwerty123456', 'tried first'],
  ['Password12345!', 'tried first'],
  ['p4ssw0rd2026!', 'tried first'],
  ['passwordpassword', 'tried first'],
  ['!!!perspolis1400', 'tried first'],
  ['Administrator', 'tried first'],
])('%p is refused', (password, reason) => {
  expect(() => {
    passwords.demandStrong(password, ['maryam']);
  }).toThrow(reason);
});

test.each(['correct horse battery', 'کوچه باغ انار ۱۴۰۵', 'Xq7!mzP-2kLw', 'seventeen-lanterns-rust'])(
  '%p is taken',
  (password) => {
    passwords.demandStrong(password, ['maryam', 'مریم']);
  },
);

test('a password is kept as argon2id of 19 MiB, and needs the pepper that is not in the database', async () => {
  const hash = await passwords.hash('correct horse battery');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await passwords.verify('correct horse battery', hash)).toBe(true);
  expect(await passwords.verify('correct horse batterx', hash)).toBe(false);
  expect(await openPasswords(Buffer.alloc(32, 2)).verify('correct horse battery', hash)).toBe(false);
});

test('the same letters composed otherwise are the same password', async () => {
  const hash = await passwords.hash('caf\u00e9 terrasse 1400');
  expect(await passwords.verify('cafe\u0301 terrasse 1400', hash)).toBe(true);
});

test('a password that goes on after the longest is another', async () => {
  const longest = Array.from({ length: 128 }, (_, index) => String.fromCharCode(97 + ((index * 7) % 26))).join('');
  const hash = await passwords.hash(longest);
  expect(await passwords.verify(longest, hash)).toBe(true);
  expect(await passwords.verify(`${longest}x`, hash)).toBe(false);
});

test('a flood of sign-ins is turned away, and those that wait are heard', async () => {
  const answers = await Promise.allSettled(Array.from({ length: 70 }, () => passwords.verify('x', undefined)));
  const refused = answers.filter((answer) => answer.status === 'rejected');
  expect(refused.length).toBe(4); // two at work, 64 wait
  expect(refused[0]).toMatchObject({ reason: { code: 'people.busy' } });
  expect(answers.filter((answer) => answer.status === 'fulfilled').every(({ value }) => !value)).toBe(true);
});
