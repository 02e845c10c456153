import type { Peer } from '../net/index.ts';
import type { Answer, Transaction } from '../profiles/index.ts';
import { because, refuse } from './answer.ts';
import type { Context } from './context.ts';

/** The next certificate of a terminal over the wire (0800, DE 70 903; terminals.md 2, decision 60). The request (PKCS #10, DER, base64)
 *  comes in parts in tag 38, the certificate (DER, base64) goes in parts in tag 39: two digits the part, two how many there are, then at
 *  most 900 characters. MACed as every message is: under the session key that came under the terminal's TMK, or by DUKPT. */
const PART_CHARS = 900;
const MOST_PARTS = 9;
const PART = /^(\d\d)(\d\d)([A-Za-z0-9+/=]{1,900})$/;

/** What a connection has sent of its request, and its certificate once it is made. */
interface Course {
  readonly request: string[];
  certificate: string | undefined;
}
const courses = new WeakMap<Peer, Course>();

export async function renewal(
  tx: Extract<Transaction, { kind: 'network' }>,
  { ports, terminal, peer, maced }: Context,
): Promise<Answer> {
  const { renewals, log } = ports;
  if (renewals === undefined) return refuse('12', undefined, '70');
  // the certificate alone does not do: who renews shows that they have the keys of the terminal
  if (!maced) return because(refuse('76'), 'a request for a certificate is MACed under session keys: 0800/101 first');
  const course = courses.get(peer);
  if (tx.request === undefined) return partOf(course?.certificate, Number(tx.certificate ?? 'NaN'));
  const taken = takePart(course, tx.request);
  if (taken === undefined) return refuse('30', undefined, '48.38');
  courses.set(peer, taken.course);
  if (!taken.whole) return { rc: '00' };
  const outcome = await renewals.renew(terminal.terminal, Buffer.from(taken.course.request.join(''), 'base64'));
  if ('refused' in outcome) return because(refuse('30', undefined, '48.38'), outcome.refused);
  log.info({ terminal: terminal.terminal, expired: peer.expired === true }, 'a terminal renewed its certificate');
  taken.course.certificate = outcome.certificate.toString('base64');
  return partOf(taken.course.certificate, 1);
}

/** Parts come in their order; the first begins anew.
 *  @returns undefined: it is no next part */
function takePart(course: Course | undefined, text: string): { course: Course; whole: boolean } | undefined {
  const [, part, of, content = ''] = PART.exec(text) ?? [];
  const [number, count] = [Number(part), Number(of)];
  if (!(number >= 1 && number <= count && count <= MOST_PARTS)) return undefined;
  const before = number === 1 ? [] : (course?.request ?? []);
  if (before.length !== number - 1) return undefined;
  return { course: { request: [...before, content], certificate: undefined }, whole: number === count };
}

function partOf(certificate: string | undefined, part: number): Answer {
  const count = Math.ceil((certificate?.length ?? 0) / PART_CHARS);
  if (certificate === undefined || !(part >= 1 && part <= count)) return refuse('30', undefined, '48.39');
  const digits = (number: number): string => String(number).padStart(2, '0');
  const content = certificate.slice((part - 1) * PART_CHARS, part * PART_CHARS);
  return { rc: '00', certificate: `${digits(part)}${digits(count)}${content}` };
}
