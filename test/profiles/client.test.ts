import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../src/codec/index.ts';
import { FINAL_CODES, Speaker } from '../../src/profiles/index.ts';
import { loaded, NOW, opened, STEPS, thought } from './exchanges.ts';

const QUOTE = '1632712000007';
const PARTS = { voucherRials: 10_000_000n, cardRials: 2_000_000n };
const step = (name: string) => STEPS.find((each) => each.name === name)!;
const speakerOf = (name: string) => new Speaker(loaded.get(name)!, loaded.get('native')!);

test('the final codes of the contract are those of a device without a profile', () => {
  for (const { kind, final } of Object.values(loaded.get('native')!.file.requests))
    if (kind === 'reversal' || kind === 'advice') expect(final).toEqual(FINAL_CODES);
});

describe.each(['sadad-like', 'behpardakht-like'])('a device that speaks %s', (name) => {
  const { codec } = opened.get(name)!;
  const said = (speaker: Speaker, request: Message) => codec.decode(codec.encode(speaker.say(request, NOW)));

  test('takes back after a power cut what it bought before, in the same words', () => {
    const [before, after] = [speakerOf(name), speakerOf(name)];
    before.learn(QUOTE, PARTS);
    const purchase = thought(step('purchase'));
    const kept = JSON.parse(JSON.stringify(before.recall(purchase))) as ReturnType<Speaker['recall']>; // kept before it is sent
    said(before, purchase);
    const reversal = thought(step('reversal'));
    after.remind(purchase.get(11)!, kept);
    expect(said(after, reversal).encode()).toEqual(said(before, reversal).encode());
    expect(JSON.stringify(kept)).not.toContain(purchase.get(35)!.slice(0, 16));
  });

  test('stops repeating a reversal after the codes of its profile, and after no other', () => {
    const speaker = speakerOf(name);
    const reversal = thought(step('reversal'));
    expect(['00', '02', '05', '25', '91', '96', '63', '30'].map((code) => speaker.isFinal(reversal, code))).toEqual([
      ...[true, true, true, true],
      ...[false, false, false, false],
    ]);
  });
});

test('a device reads on the lines of a receipt what its PSP says nowhere else', () => {
  const speaker = speakerOf('sadad-like');
  const { codec, write } = opened.get('sadad-like')!;
  const purchase = thought(step('purchase'));
  const request = codec.decode(codec.encode(speaker.say(purchase, NOW)));
  const heard = (answer: Parameters<typeof write>[1]) =>
    speaker.hear(purchase, codec.decode(codec.encode(write(request, answer, NOW))), NOW).fields;
  const told = heard({ ...step('purchase').answer, creditLeftRials: 12_345_678n });
  expect(told[54]).toBe('9841364D0000100000000041364D0000020000009802364C000012345678');
  expect(heard({ rc: '55', text: 'رمز کارت نادرست است' })[48]).toMatchObject({ '13': 'رمز کارت نادرست است' });
});

test.each([
  ['native', 'purchase', true],
  ['behpardakht-like', 'purchase', true],
  ['sadad-like', 'purchase', false],
  ['sadad-like', 'inquiry', false],
  ['sadad-like', 'ordinary', true],
])('whether the clock of a device stands in a message: %s, %s', (name, what, tells) => {
  const { codec, tellsTime } = opened.get(name)!;
  const asked = thought(step(what));
  const message = name === 'native' ? asked : codec.decode(codec.encode(speakerOf(name).say(asked, NOW)));
  expect(tellsTime(message)).toBe(tells);
});

test('what a PSP has no words for is not said', () => {
  const speaker = speakerOf('sadad-like');
  const basket = (unit: string) => `0000000000001${unit}000100000012000000`;
  const asks = (tags: Record<string, string>, rials = '000012000000') =>
    speaker.canSay(thought({ ...step('inquiry'), fields: { 3: '379800', 4: rials, 48: tags } }));
  expect([asks({ '01': basket('00') }), asks({ '15': '1' }), asks({ '01': basket('02') }), asks({ '15': '0' }, '000000000000')]).toEqual([true, true, false, false]); // prettier-ignore
  expect(speakerOf('behpardakht-like').canSay(thought(step('release')))).toBe(false);
});
