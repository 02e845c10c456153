import type { Codecs } from '../capture/index.ts';
import { pairExchanges, sanitiseCapture, type Capture, type CapturedFrame, type Exchange } from '../capture/index.ts';
import type { FieldInput, Message } from '../codec/index.ts';
import { pathOf } from './rewrite.ts';
import type { Played } from './result.ts';

/** The answers of another capture, by the number of their request. */
export function goldenAnswers(golden: Capture, codecs: Codecs): (number: number) => Message | undefined {
  const requests = pairExchanges(golden.frames, codecs).exchanges.filter(({ request }) => request.from === 'terminal');
  return (number) => requests[number - 1]?.answerMessage;
}

/** The capture with the answers of this run in place of its own: only what differs changes, so that a review sees it.
 *  Made-up values, STANs and times stay those of the capture; MACs are made under the test keys again. */
export function updatedCapture(capture: Capture, exchanges: readonly Exchange[], played: readonly Played[]): Capture {
  const answers = new Map<CapturedFrame, Buffer>();
  for (const [index, exchange] of exchanges.entries()) {
    const { answer } = played[index] ?? {};
    if (answer === undefined || played[index]?.differences.length === 0) continue;
    if (exchange.answer === undefined || exchange.answerMessage === undefined) continue;
    answers.set(exchange.answer, patched(exchange.answerMessage, answer, played[index]?.differences ?? []).encode());
  }
  const frames = capture.frames.map((frame) => {
    const body = answers.get(frame);
    return body === undefined ? frame : { ...frame, body };
  });
  return sanitiseCapture({ frames, notes: capture.notes }, 'reseal');
}

function patched(recorded: Message, actual: Message, differences: Played['differences']): Message {
  let message = recorded;
  for (const { path } of differences) {
    if (path === 'mti' || path === 'mac' || path === 'answer') continue;
    const value: FieldInput | undefined = actual.get(pathOf(path));
    message = message.with({ [path]: value });
  }
  return message;
}
