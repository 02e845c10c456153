import type { Message } from '../../codec/index.ts';
import { HsmError } from '../../hsm/index.ts';
import type { LegResult } from '../../ledger/ledger.ts';
import type { Fields, LinkAnswer } from '../../net/link/index.ts';

/** No answer in time, or the line broke after the request left. */
const TOO_LATE = '68';
/** An answer came that does not fit: nobody knows what the bank did. */
const MISFIT = '96';
/** Nothing left: the bank cannot be reached. */
const UNAVAILABLE = '91';
const WRONG_PIN = '55';

/** Codes by which a bank itself says that it does not know: in progress, answered too late. */
const UNDECIDED = new Set(['09', '68']);

/** What an answer must repeat of its request where it has the field at all; the first ones must be there.
 *  DE 7, 11 and 41 are what it was matched by. */
const DEMANDED = ['4', '11'] as const;
const COMPARED = ['2', '3', '4', '37', '42', '49'] as const;

/** What the bank's answer (or its absence) means for the money (docs/decisions/0006).
 *  @param passed fields of the answer that go through to the terminal */
export function legResult(answer: LinkAnswer, asked: Fields, passed: readonly number[]): LegResult {
  switch (answer.kind) {
    case 'answer':
      return judged(answer.message, asked, passed);
    case 'timeout':
      return { kind: 'doubt', rc: TOO_LATE, why: 'no answer in time' };
    case 'lost':
      return { kind: 'doubt', rc: TOO_LATE, why: `the connection was lost: ${answer.why}` };
    case 'forged':
      return { kind: 'doubt', rc: MISFIT, why: answer.why };
    case 'unsent':
      return { kind: 'unsent', rc: rcOfUnsent(answer.cause) };
  }
}

function judged(message: Message, asked: Fields, passed: readonly number[]): LegResult {
  const misfit = firstMisfit(message, asked);
  if (misfit !== undefined) return { kind: 'doubt', rc: MISFIT, why: `the answer differs in DE ${misfit}` };
  const rc = message.get(39);
  if (rc === undefined || UNDECIDED.has(rc)) {
    return { kind: 'doubt', rc: rc ?? MISFIT, why: `the bank does not know: RC ${rc ?? 'missing'}` };
  }
  const passThrough = through(message, passed);
  const more = Object.keys(passThrough).length === 0 ? {} : { passThrough };
  if (rc !== '00') return { kind: 'declined', rc, ...more };
  return { kind: 'approved', authCode: message.get(38) ?? message.get(37)?.slice(-6) ?? '000000', ...more };
}

/** The first field in which the answer is not the answer to what was asked. */
function firstMisfit(message: Message, asked: Fields): string | undefined {
  const absent = DEMANDED.find((de) => !message.has(Number(de)));
  if (absent !== undefined) return absent;
  return COMPARED.find(
    (de) => message.has(Number(de)) && asked[de] !== undefined && message.get(Number(de)) !== asked[de],
  );
}

function through(message: Message, passed: readonly number[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const de of passed) {
    const value = message.get(de);
    if (value !== undefined) fields[String(de)] = value;
  }
  return fields;
}

/** A PIN block that holds no PIN for this card is the customer's or the terminal's fault, never the bank's. */
function rcOfUnsent(cause: unknown): string {
  if (cause === undefined) return UNAVAILABLE;
  return cause instanceof HsmError && cause.code.startsWith('pin.') ? WRONG_PIN : MISFIT;
}
