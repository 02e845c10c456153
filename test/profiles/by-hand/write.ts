import type { FieldInput, MessageInput } from '../../../src/codec/index.ts';
import { answerMti, classOf } from '../../../src/field/mti.ts';
import { transmissionDateTime } from '../../../src/ops/clock.ts';
import type { Answer, Answerable } from '../../../src/profiles/answer.ts';
import { formatTotals } from './totals.ts';

/** What each answer repeats of its request (wire.md 3, column E). */
const ECHOED: Readonly<Record<string, readonly number[]>> = {
  '02': [2, 3, 4, 11, 12, 13, 24, 32, 41, 42, 49],
  '04': [2, 3, 4, 11, 12, 13, 24, 32, 37, 38, 41, 42, 49, 90, 95],
  '05': [11, 12, 13, 24, 32, 41, 42],
  '08': [11, 12, 13, 24, 32, 41, 42, 70],
};
const ECHOED_ALWAYS: readonly number[] = [3, 11, 12, 13, 24, 32, 41, 42];

/** Everything that some answer repeats. */
export const ECHOED_EVER: readonly number[] = [...new Set([...Object.values(ECHOED).flat(), ...ECHOED_ALWAYS])];

/** The answer to a request as wire.md 3, 5 and 7 have it, without its MAC. */
export function writeNative(request: Answerable, answer: Answer, now: number): MessageInput {
  const kind = classOf(request.mti);
  const fields: Record<string, FieldInput> = { 7: transmissionDateTime(now), 39: answer.rc };
  for (const de of ECHOED[kind] ?? ECHOED_ALWAYS) {
    const value = request.get(de);
    if (value !== undefined) fields[de] = value;
  }
  // A network message has no RRN, and a reversal's is the terminal's.
  if (kind !== '08' && answer.rrn !== undefined) fields['37'] ??= answer.rrn;
  if (answer.authCode !== undefined) fields['38'] = answer.authCode.padEnd(6); // an6 is left-justified
  const said = privateData(answer);
  if (said !== undefined) fields['48'] = said;
  const amounts = amountsOf(answer);
  if (amounts !== '') fields['54'] = amounts;
  for (const de in answer.passThrough) {
    const value = answer.passThrough[de];
    if (value !== undefined) fields[de] = value;
  }
  return { mti: answerMti(request.mti), fields };
}

/** DE 48; undefined where nothing of it is said. */
function privateData(answer: Answer): FieldInput | undefined {
  return tags({
    '11': answer.receiptToken,
    '12': answer.lines?.map((line) => line.verdict + n12(line.voucherRials)).join(''),
    '13': answer.text,
    '14': answer.quoteRef,
    '16': answer.news,
    '17': answer.creditDates,
    '30': answer.keyBlocks?.tpk,
    '31': answer.keyBlocks?.tak,
    '36': answer.chunk,
    '39': answer.certificate,
    '40': answer.totals === undefined ? undefined : formatTotals(answer.totals),
    '90': answer.fault,
  });
}

/** The tags that have a value; undefined when none has. */
function tags(values: Readonly<Record<string, string | undefined>>): FieldInput | undefined {
  let present: Record<string, string> | undefined;
  for (const tag in values) {
    const value = values[tag];
    if (value !== undefined) (present ??= {})[tag] = value;
  }
  return present;
}

/** DE 54: lines of zero are left out, the credit left is always there (wire.md 7). */
function amountsOf({ voucherRials, cardRials, cashRials, creditLeftRials }: Answer): string {
  return (
    paid('9841', voucherRials) +
    paid('0041', cardRials) +
    paid('0004', cashRials) +
    (creditLeftRials === undefined ? '' : '9802364C' + n12(creditLeftRials))
  );
}

function paid(type: string, rials: bigint | undefined): string {
  return rials === undefined || rials === 0n ? '' : type + '364D' + n12(rials);
}

/** What n12 can say: of more, the most that it can. */
const MOST_RIALS = 999_999_999_999n;

function n12(rials: bigint): string {
  return String(rials > MOST_RIALS ? MOST_RIALS : rials).padStart(12, '0');
}
