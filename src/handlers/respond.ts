import { CodecError, type MessageInput } from '../codec/index.ts';
import type { FrameResult, Peer } from '../net/index.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { inUnit, type Answer, type Answerable, type Profile, type Transaction } from '../profiles/index.ts';
import { seal, type MessageKeys } from './mac.ts';
import type { Trace } from '../traces/index.ts';
import type { Ports } from './ports.ts';

/** What is answered to which request, in whose words, and the keys of its MAC. */
export interface Decided {
  readonly profile: Profile;
  readonly request: Answerable;
  readonly answer: Answer;
  /** Of the transaction; undefined: it was refused before it was read. */
  readonly kind?: string | undefined;
  /** Whose amounts are said in its unit; undefined: as above. */
  readonly tx?: Transaction | undefined;
  readonly keys: MessageKeys | undefined;
  /** Of a request of the sample. */
  readonly trace?: Trace | undefined;
}

/** Without these an answer answers nothing. */
const NEEDED = new Set(['11', '39', '41']);

/** The one way out: every answer is written, MACed, counted and logged here.
 *  @param answered a log that looks for no secrets
 *  @throws what keeps an answer from being made */
export async function respond(
  { profile, request, answer, kind, keys, tx }: Decided,
  peer: Peer,
  receivedAt: number,
  ports: Ports & { readonly answered: Log },
): Promise<FrameResult> {
  const { clock, metrics, answered, log } = ports;
  const now = clock.now();
  const message = profile.write(request, inUnit(withNews(request, answer, ports), tx), now);
  const body = await sealWhatFits(message, profile, keys, ports);
  const seconds = (now - receivedAt) / 1_000;
  const de3 = request.get(3);
  const mti = known(request.mti, profile.mtis);
  metrics.requests.inc({ mti, de3: de3 === undefined ? '' : known(de3, profile.processingCodes), de39: answer.rc });
  metrics.latency.observe({ mti }, seconds);
  ports.health?.note(peer.terminal, request.mti, request.get(11), answer.rc, seconds);
  ports.traffic?.note({ mti: request.mti, kind, answer, seconds });
  const line = {
    mti: request.mti,
    de3,
    de39: answer.rc,
    terminal: peer.terminal,
    stan: request.get(11),
    rrn: message.fields[37],
    seconds,
  };
  if (answer.why === undefined) answered.info(line, 'answered');
  else log.warn({ ...line, why: answer.why }, 'refused');
  return { kind: 'answer', body };
}

/** Something new waits: said in every 0210 and 0810 while anything is published (terminals.md 3). */
function withNews({ mti }: Answerable, answer: Answer, { updates }: Ports): Answer {
  const news = updates?.announcement();
  return news === undefined || (!mti.startsWith('020') && !mti.startsWith('080')) ? answer : { ...answer, news };
}

/** Label values come from a closed set: a forged MTI or DE 3 must not grow the metrics without end. */
function known(value: string, served: ReadonlySet<string>): string {
  return served.has(value) ? value : 'other';
}

/** The outcome is stored: an element that cannot be written must not keep the terminal from hearing the rest of it. What is left
 *  out is left out of every repeat too.
 *  @throws CodecError when it is not an element that an answer can do without */
async function sealWhatFits(
  message: MessageInput,
  { codec }: Profile,
  keys: MessageKeys | undefined,
  { hsm, log, metrics }: Ports,
): Promise<Buffer> {
  let left = message;
  for (;;) {
    try {
      return await seal(left, keys, codec, hsm);
    } catch (error) {
      const element = error instanceof CodecError ? /^[0-9]+/.exec(error.path)?.[0] : undefined;
      if (element === undefined || left.fields[element] === undefined || NEEDED.has(element)) throw error;
      log.error(
        { mti: left.mti, rrn: left.fields[37], fault: messageOf(error) },
        'an element of an answer cannot be written',
      );
      metrics.refusedFrames.inc({ reason: 'unwritable' });
      left = {
        mti: left.mti,
        fields: Object.fromEntries(Object.entries(left.fields).filter(([de]) => de !== element)),
      };
    }
  }
}
