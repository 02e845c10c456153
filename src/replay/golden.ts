import {
  pairExchanges,
  sanitiseCapture,
  type Capture,
  type CapturedFrame,
  type Codecs,
  type Exchange,
} from '../capture/index.ts';
import type { Codec, Message } from '../codec/index.ts';
import type { Anatomy } from '../profiles/index.ts';
import { leaves } from './compare.ts';
import { pathOf } from './rewrite.ts';
import type { Played } from './result.ts';

/** The answers of another capture, by the number of their request. */
export function goldenAnswers(golden: Capture, codecs: Codecs): (number: number) => Message | undefined {
  const requests = pairExchanges(golden.frames, codecs).exchanges.filter(({ request }) => request.from === 'terminal');
  return (number) => requests[number - 1]?.answerMessage;
}

/** The capture with the answers of this run in place of its own: only what differs changes, so that a review sees it.
 *  Made-up values, STANs and times stay those of the capture; MACs are made under the test keys again. */
export function updatedCapture(
  capture: Capture,
  exchanges: readonly Exchange[],
  played: readonly Played[],
  anatomyOf: (dialect: string) => Anatomy,
): Capture {
  const answers = new Map<CapturedFrame, Buffer>();
  for (const [index, exchange] of exchanges.entries()) {
    const { answer } = played[index] ?? {};
    if (answer === undefined || played[index]?.differences.length === 0) continue;
    if (exchange.answer === undefined || exchange.answerMessage === undefined) continue;
    answers.set(
      exchange.answer,
      patched(exchange, exchange.answerMessage, answer, played[index]?.differences ?? [], anatomyOf(exchange.answer.dialect)).encode(), // prettier-ignore
    );
  }
  const frames = capture.frames.map((frame) => {
    const body = answers.get(frame);
    return body === undefined ? frame : { ...frame, body };
  });
  return sanitiseCapture({ frames, notes: capture.notes }, 'reseal');
}

/** Differences that no capture can take: no answer came, or not under the keys that were given. */
const BEYOND_UPDATE: readonly string[] = ['answer', 'mac'];

/** What still differs after `updatedCapture` was written. */
export function beyondUpdate(played: readonly Played[]): Played[] {
  return played
    .map((one) => ({ ...one, differences: one.differences.filter(({ path }) => BEYOND_UPDATE.includes(path)) }))
    .filter(({ differences }) => differences.length > 0);
}

function patched(
  { message: asked }: Exchange,
  recorded: Message,
  actual: Message,
  differences: Played['differences'],
  anatomy: Anatomy,
): Message {
  const [before, now] = [recorded, actual].map((message) => leaves(message, anatomy.answer(asked, message)));
  let message = recorded;
  for (const { path } of differences) {
    if (path === 'mti') message = retyped(message, actual.mti, anatomy.codec);
    else if (!BEYOND_UPDATE.includes(path)) {
      const [part, next] = [before?.get(path)?.part, now?.get(path)];
      const [place = ''] = path.split('#');
      if (part !== undefined && next !== undefined) message = part.put(message, next.value);
      else message = message.with({ [place]: actual.get(pathOf(place)) });
    }
  }
  return message;
}

function retyped(message: Message, mti: string, codec: Codec): Message {
  const fields = message.fields().map((de) => [String(de), message.get(de) ?? ''] as const);
  return codec.decode(codec.encode({ mti, fields: Object.fromEntries(fields) }));
}
