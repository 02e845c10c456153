import type { Message } from '../../codec/index.ts';
import { classOf } from '../../field/mti.ts';
import { Codecs } from '../codecs.ts';
import { pairExchanges, type Exchange } from '../exchanges.ts';
import { formatTime } from '../jsonl.ts';
import type { Capture, CapturedFrame } from '../frame.ts';

/** What an answer is matched by: on the bank side DE 7 and 41 too (wire.md 10). */
const KEYS = [
  ['connection', 'connection'],
  ['mti', 'message type'],
  ['11', 'DE 11 STAN'],
  ['7', 'DE 7 transmission time'],
  ['41', 'DE 41 terminal'],
  ['37', 'DE 37 RRN'],
] as const;

/** For each answer that fits no request of a capture: the request that it comes nearest to, and which key differs. */
export function explainUnmatched(capture: Capture): string[] {
  const codecs = new Codecs();
  const { exchanges, unmatched } = pairExchanges(capture.frames, codecs);
  return unmatched.map((frame) => {
    const answer = codecs.decode(frame);
    const title = `${formatTime(frame.at)} ${answer?.mti ?? 'undecodable answer'} on ${frame.connection}`;
    if (answer === undefined) return `${title}: does not decode, so nothing can be matched by`;
    const [nearest] = exchanges
      .filter(
        (exchange) =>
          exchange.request.at <= frame.at && exchange.request.from !== frame.from && exchange.message !== undefined,
      )
      .map((exchange) => ({ exchange, ...keysOf(exchange, answer, frame) }))
      .sort((a, b) => b.same - a.same || b.exchange.request.at - a.exchange.request.at);
    if (nearest === undefined || nearest.same < 2) return `${title}: no request in this capture comes near it`;
    const { exchange, differing } = nearest;
    const asked = `${exchange.mti} STAN ${exchange.stan} of ${formatTime(exchange.request.at)}`;
    if (differing.length === 0)
      return `${title}: answers ${asked} a second time (${exchange.answer === undefined ? 'it came out of order' : 'that has its answer'})`;
    return `${title}: nearest is ${asked}; differs in ${differing.join('; ')}`;
  });
}

function keysOf(exchange: Exchange, answer: Message, frame: CapturedFrame): { same: number; differing: string[] } {
  let same = 0;
  const differing: string[] = [];
  for (const [key, name] of KEYS) {
    const [asked, said] =
      key === 'connection'
        ? [exchange.request.connection, frame.connection]
        : key === 'mti'
          ? [classOf(exchange.mti), classOf(answer.mti)]
          : [exchange.message?.get(Number(key)), answer.get(Number(key))];
    // DE 7 of a terminal's answer is its own time; RRNs come with the answer.
    if (asked === undefined || (key === '7' && frame.dialect === 'kalabarg-pos')) continue;
    if (asked === said) same++;
    else differing.push(`${name} (asked ${asked}, answered ${said ?? 'without'})`);
  }
  return { same, differing };
}
