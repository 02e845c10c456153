import type { Message } from '../codec/index.ts';
import { classOf, isAnswer } from '../field/mti.ts';
import type { Codecs } from './codecs.ts';
import type { CapturedFrame } from './frame.ts';

/** A request of a capture and the answer to it, if the capture holds one. */
export interface Exchange {
  readonly request: CapturedFrame;
  /** Undefined: the request does not decode. */
  readonly message: Message | undefined;
  /** What identifies the request, as far as it can be read. */
  readonly mti: string;
  readonly stan: string;
  readonly terminal: string;
  readonly answer: CapturedFrame | undefined;
  readonly answerMessage: Message | undefined;
}

/** Answers without a request: its DE 11 or its MTI class is not that of any open one. */
export interface Paired {
  readonly exchanges: readonly Exchange[];
  readonly unmatched: readonly CapturedFrame[];
}

type Open = { -readonly [K in keyof Exchange]: Exchange[K] };

/** Requests that one connection may have open; of more the oldest is taken as unanswered. */
const MAX_OPEN = 10_000;

/** Pairs requests with their answers: same connection, same DE 11, same class of MTI, oldest first.
 *  @param frames in the order of their time */
export function pairExchanges(frames: readonly CapturedFrame[], codecs: Codecs): Paired {
  const exchanges: Open[] = [];
  const unmatched: CapturedFrame[] = [];
  const open = new Map<string, Open[]>();
  for (const frame of frames) {
    if (frame.body.length === 0) continue; // keep-alive
    const message = codecs.decode(frame);
    const id = identify(frame, message, codecs);
    const waiting = open.get(frame.connection) ?? [];
    if (!isAnswer(id.mti)) {
      const exchange: Open = { request: frame, message, ...id, answer: undefined, answerMessage: undefined };
      exchanges.push(exchange);
      waiting.push(exchange);
      if (waiting.length > MAX_OPEN) waiting.shift();
      open.set(frame.connection, waiting);
      continue;
    }
    const at = waiting.findIndex(
      ({ request, mti, stan }) => request.from !== frame.from && stan === id.stan && classOf(mti) === classOf(id.mti),
    );
    const [found] = at < 0 ? [] : waiting.splice(at, 1);
    if (found === undefined) unmatched.push(frame);
    else {
      found.answer = frame;
      found.answerMessage = message;
    }
  }
  return { exchanges, unmatched };
}

function identify(
  frame: CapturedFrame,
  message: Message | undefined,
  codecs: Codecs,
): Pick<Exchange, 'mti' | 'stan' | 'terminal'> {
  if (message !== undefined) return { mti: message.mti, stan: message.get(11) ?? '', terminal: message.get(41) ?? '' };
  const salvaged = codecs.of(frame.dialect).salvage(frame.body, [11, 41]);
  return { mti: salvaged?.mti ?? '', stan: salvaged?.fields['11'] ?? '', terminal: salvaged?.fields['41'] ?? '' };
}
