import type { Message, OddElement } from '../../codec/index.ts';
import { HsmError } from '../../hsm/index.ts';
import type { LegResult } from '../../ledger/index.ts';
import type { Fields, LinkAnswer } from '../../net/link/index.ts';
import { isCode, toldAs, verdictOf } from './codes.ts';

/** No answer in time, or the line broke after the request left. */
const TOO_LATE = '68';
/** An answer came that does not fit: nobody knows what the bank did. */
const MISFIT = '96';
/** Nothing left: the bank cannot be reached. */
const UNAVAILABLE = '91';
const WRONG_PIN = '55';

/** What an answer must repeat of its request where it has the field at all; the first ones must be there.
 *  DE 7, 11 and 41 are what it was matched by. */
const DEMANDED = ['4', '11'] as const;
const COMPARED = ['2', '3', '4', '37', '42', '49'] as const;

/** Whether a value can be written to the terminal: what is stored is sent, now and on every repeat. */
export type Writes = (de: number, value: string) => boolean;

/** What the bank's answer (or its absence) means for the money (docs/decisions/0006, 0017).
 *  @param passed fields of the answer that go through to the terminal, where they can be written to it */
export function legResult(
  answer: LinkAnswer,
  asked: Fields,
  passed: readonly number[],
  writes: Writes = () => true,
): LegResult {
  switch (answer.kind) {
    case 'answer':
      return judged(answer, asked, passed, writes);
    case 'timeout':
      return { kind: 'doubt', rc: TOO_LATE, why: 'no answer in time' };
    case 'lost':
      return { kind: 'doubt', rc: TOO_LATE, why: `the connection was lost: ${answer.why}` };
    case 'forged':
    case 'unreadable':
      return { kind: 'doubt', rc: MISFIT, why: answer.why };
    case 'unsent':
      return { kind: 'unsent', rc: rcOfUnsent(answer.cause) };
  }
}

function judged(
  { message, odd }: Extract<LinkAnswer, { kind: 'answer' }>,
  asked: Fields,
  passed: readonly number[],
  writes: Writes,
): LegResult {
  const misfit = firstMisfit(message, asked) ?? otherCard(odd, asked);
  if (misfit !== undefined) return { kind: 'doubt', rc: MISFIT, why: `the answer differs in DE ${misfit}` };
  const bankRc = message.get(39);
  if (bankRc === undefined) return { kind: 'doubt', rc: MISFIT, why: 'RC missing' };
  if (!isCode(bankRc)) return { kind: 'doubt', rc: MISFIT, why: 'RC malformed' };
  const verdict = verdictOf(bankRc);
  const rc = toldAs(bankRc);
  if (verdict === 'undecided') return { kind: 'doubt', rc, why: `money may have moved: RC ${bankRc}`, bankRc };
  const passThrough = through(message, passed, writes);
  const more = Object.keys(passThrough).length === 0 ? {} : { passThrough };
  if (verdict === 'declined') return { kind: 'declined', rc, bankRc, ...more };
  return { kind: 'approved', authCode: authCode(message), ...more };
}

/** DE 38 as it can be written: six letters or digits, filled up on the right. A bank that gives none, or none that can be
 *  written, gives the end of the RRN. */
function authCode(message: Message): string {
  const given = message.get(38)?.trim() ?? '';
  const code = /^[0-9A-Za-z]{1,6}$/.test(given) ? given : (message.get(37)?.slice(-6) ?? '000000');
  return code.padEnd(6);
}

/** The first field in which the answer is not the answer to what was asked. */
function firstMisfit(message: Message, asked: Fields): string | undefined {
  const absent = DEMANDED.find((de) => !message.has(Number(de)));
  if (absent !== undefined) return absent;
  return COMPARED.find(
    (de) => message.has(Number(de)) && asked[de] !== undefined && message.get(Number(de)) !== asked[de],
  );
}

/** Some banks mask the PAN of an answer: what they show of it must be the card that was asked for. */
function otherCard(odd: readonly OddElement[] = [], asked: Fields): '2' | undefined {
  const shown = odd.find(({ de }) => de === 2)?.text;
  const pan = asked['2'];
  if (shown === undefined || typeof pan !== 'string') return undefined;
  const fits = shown.length === pan.length && Array.from(shown).every((c, at) => /[*Xx#]/.test(c) || c === pan[at]);
  return fits && /^\d{6}.*\d{4}$/.test(shown) ? undefined : '2';
}

function through(message: Message, passed: readonly number[], writes: Writes): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const de of passed) {
    const value = message.get(de);
    if (value !== undefined && writes(de, value)) fields[String(de)] = value;
  }
  return fields;
}

/** A PIN block that holds no PIN for this card is the customer's or the terminal's fault, never the bank's. */
function rcOfUnsent(cause: unknown): string {
  if (cause === undefined) return UNAVAILABLE;
  return cause instanceof HsmError && cause.code.startsWith('pin.') ? WRONG_PIN : MISFIT;
}
