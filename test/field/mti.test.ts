import { expect, test } from '@jest/globals';
import { answerMti, classOf, firstOf, isAnswer, repeatOf } from '../../src/field/mti.ts';

test.each([
  ['0100', '0110'],
  ['0200', '0210'],
  ['0201', '0210'],
  ['0220', '0230'],
  ['0420', '0430'],
  ['0421', '0430'],
  ['0500', '0510'],
  ['0801', '0810'],
  ['1804', '1810'],
])('%s is answered with %s, and nothing answers that', (mti, answer) => {
  expect(answerMti(mti)).toBe(answer);
  expect([isAnswer(mti), isAnswer(answer), classOf(mti) === classOf(answer)]).toEqual([false, true, true]);
});

test.each([
  ['0200', '0201'],
  ['0420', '0421'],
  ['1422', '1423'],
])('%s is repeated as %s', (first, repeat) => {
  expect([repeatOf(first), repeatOf(repeat), firstOf(repeat), firstOf(first)]).toEqual([repeat, repeat, first, first]);
});
