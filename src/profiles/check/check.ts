import { CodecError, type FieldInput, type Message, type MessageInput } from '../../codec/index.ts';
import { transmissionDateTime, tehran } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Answer } from '../answer.ts';
import { Speaker } from '../client/speaker.ts';
import { loadProfile, NATIVE_FILE, type LoadedProfile } from '../language/load.ts';
import type { ExampleFile } from '../language/schema.ts';
import type { Kind } from '../language/values.ts';
import { openProfile, type Profile } from '../profile.ts';
import type { Transaction } from '../transaction.ts';

/** What is wrong with a profile, and where. */
export interface ProfileFinding {
  readonly at: string;
  readonly reason: string;
}

export interface ProfileCheck {
  readonly file: string;
  readonly name: string | undefined;
  readonly faults: readonly ProfileFinding[];
  /** What was tried: requests that were played both ways, and examples. */
  readonly played: readonly string[];
  readonly examples: number;
  /** What nobody has confirmed. */
  readonly assumed: number;
}

/** Some moment, so that two runs check the same. */
const NOW = Date.UTC(2026, 10, 23, 9, 0, 0);
const ARRIVAL = { now: NOW, terminal: '10000001', merchant: '000000000000001' };

/** Looks at a profile as the gateway does when it starts, and then uses it: each request is said by a device and read by the gateway,
 *  each answer written and heard, and every example goes both ways. */
export function checkProfile(file: string): ProfileCheck {
  let loaded: LoadedProfile;
  try {
    loaded = loadProfile(file);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const [head = '', ...told] = error.message.split('\n');
    const faults = told.length === 0 ? [{ at: '', reason: head }] : told.map(findingOf);
    return { file, name: undefined, faults, played: [], examples: 0, assumed: 0 };
  }
  const profile = openProfile(loaded);
  const examples = loaded.file.examples ?? [];
  const { faults, played } = playAll(loaded);
  return {
    file,
    name: loaded.file.name,
    faults: [...faults, ...examples.flatMap((example, n) => exampleFaults(profile, example, `/examples/${n}`))],
    played,
    examples: examples.length,
    assumed: loaded.file.assumed?.length ?? 0,
  };
}

function findingOf(line: string): ProfileFinding {
  const [, at = '', reason = line] = /^\s*(\/\S*): ([^]*)$/.exec(line) ?? [];
  return { at, reason };
}

const CARD = '6037990000000071=29122010000000000';
const QUOTE = '1632712000007';

/** A request of the contract for each kind, as a device would think it. */
const THOUGHTS: Readonly<Partial<Record<Kind, (rest: string) => Readonly<Record<number, FieldInput>>>>> = {
  quote: () => ({ 3: '379800', 4: '000012000000', 48: { '01': line(12_000_000), '15': '1' } }),
  purchase: (rest) => ({
    ...{ 3: rest === 'cash' ? '179898' : '179800', 4: '000012000000', 52: 'A1B2C3D4E5F60718' },
    48: { '01': line(12_000_000), '14': QUOTE },
  }),
  'quote-release': () => ({ 3: '479800', 4: '000000000000', 48: { '14': QUOTE } }),
};

function line(rials: number): string {
  return '0000000000001' + '00' + '000002' + String(rials).padStart(12, '0');
}

function playAll(loaded: LoadedProfile): { faults: ProfileFinding[]; played: string[] } {
  const faults: ProfileFinding[] = [];
  const played: string[] = [];
  const native = loadProfile(NATIVE_FILE);
  const own = openProfile(native);
  const profile = openProfile(loaded);
  for (const [name, request] of Object.entries(loaded.file.requests)) {
    const thought = THOUGHTS[request.kind]?.(request.rest ?? 'card');
    if (thought === undefined) continue;
    const at = `/requests/${name}`;
    try {
      const speaker = new Speaker(loaded, native);
      // what a device would have heard of the quote that the purchase names
      speaker.learn(QUOTE, { voucherRials: 10_000_000n, cardRials: 2_000_000n });
      const message = own.codec.decode(own.codec.encode(thoughtOf(thought)));
      const reason = play(profile, own, speaker, message);
      if (reason !== undefined) faults.push({ at, reason });
      else played.push(name);
    } catch (error) {
      faults.push({ at, reason: messageOf(error) });
    }
  }
  return { faults, played };
}

function thoughtOf(fields: Readonly<Record<number, FieldInput>>): MessageInput {
  const local = tehran(NOW);
  return {
    mti: '0200',
    fields: {
      ...{ 7: transmissionDateTime(NOW), 11: '000124', 12: local.time, 13: local.date, 22: '051', 25: '00', 35: CARD },
      ...{ 41: ARRIVAL.terminal, 42: ARRIVAL.merchant, 49: '364' },
      ...fields,
    },
  };
}

/** @returns what went wrong on the way there and back */
function play(profile: Profile, own: Profile, speaker: Speaker, thought: Message): string | undefined {
  const meant = own.read(thought, ARRIVAL);
  const said = profile.codec.decode(profile.codec.encode(speaker.say(thought, NOW)));
  const read = profile.read(said, ARRIVAL);
  if (read.kind === 'refused') return `a device says it, and it is refused: ${read.path ?? read.rc}: ${read.reason}`;
  if (meant.kind === 'refused') return meant.reason;
  if (read.kind !== meant.kind) return `a device means a ${meant.kind}, and a ${read.kind} is read`;
  const lost = lostOf(meant, read);
  if (lost !== undefined) return lost;
  const answer: Answer = {
    ...{ rc: '00', rrn: '632712000009', authCode: '123456', quoteRef: read.kind === 'quote' ? QUOTE : undefined },
    ...{ voucherRials: 10_000_000n, cardRials: 2_000_000n, creditLeftRials: 0n },
  };
  const written = profile.codec.decode(profile.codec.encode(profile.write(said, answer, NOW)));
  const heard = speaker.hear(thought, written, NOW);
  if (heard.fields[39] !== '00') return `an approval is heard as ${JSON.stringify(heard.fields[39])}`;
  if (read.kind === 'quote' && (heard.fields[48] as Record<string, string> | undefined)?.['14'] !== QUOTE)
    return 'the quote of an inquiry is not heard: quoteRef is not placed in its answer';
  return undefined;
}

/** What a device meant and the gateway did not read. */
function lostOf(meant: Transaction, read: Transaction): string | undefined {
  if ('quoteRef' in meant && 'quoteRef' in read && read.quoteRef !== undefined && read.quoteRef !== meant.quoteRef)
    return `the quote ${meant.quoteRef ?? ''} is read as ${read.quoteRef}`;
  if ('card' in meant && 'card' in read && meant.card.pan !== read.card.pan) return 'the card is read as another';
  if (meant.kind === 'purchase' && read.kind === 'purchase') {
    const due = read.totalOf === 'card' ? 2_000_000n : meant.totalRials;
    if (read.totalRials !== due) return `${due} rials are read as ${read.totalRials}`;
    if ((meant.pin === undefined) !== (read.pin === undefined)) return 'the PIN is lost';
  }
  return undefined;
}

function exampleFaults(profile: Profile, example: ExampleFile, at: string): ProfileFinding[] {
  try {
    const request = profile.codec.decode(profile.codec.encode(example.request));
    const read = profile.read(request, ARRIVAL);
    const faults = differences(plain(read), example.means, `${at}/means`);
    if (example.answer === undefined || example.writes === undefined) return faults;
    const answer = answerOf(example.answer);
    const written = profile.codec.decode(profile.codec.encode(profile.write(request, answer, NOW))).clearFields();
    const due = profile.codec.decode(profile.codec.encode(example.writes)).clearFields();
    const [is, wanted] = [plain(written), plain(due)];
    return [...faults, ...differences(is, wanted, `${at}/writes`), ...untold(is, wanted, `${at}/writes/fields`)];
  } catch (error) {
    const where = error instanceof CodecError ? `${error.path}: ` : '';
    return [{ at, reason: where + messageOf(error) }];
  }
}

/** Rials as text, as JSON has them. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each))) as Record<string, unknown>; // prettier-ignore
}

function answerOf(said: Readonly<Record<string, unknown>>): Answer {
  const text = JSON.stringify(said);
  return JSON.parse(text, (name, value: unknown) => (name.endsWith('Rials') ? BigInt(String(value)) : value)) as Answer;
}

/** Elements that are written and that the example does not have. */
function untold(is: Record<string, unknown>, due: Record<string, unknown>, at: string): ProfileFinding[] {
  const [written, told] = [is, due].map(({ fields }) => Object.keys(fields as object));
  const more = (written ?? []).filter((de) => told?.includes(de) !== true);
  return more.map((de) => ({ at: `${at}/${de}`, reason: 'is written, and the example does not have it' }));
}

function differences(is: Record<string, unknown>, due: Record<string, unknown>, at: string): ProfileFinding[] {
  return Object.entries(due).flatMap(([key, value]) => {
    const found = is[key];
    if (typeof value === 'object' && value !== null && typeof found === 'object' && found !== null)
      return differences(found as Record<string, unknown>, value as Record<string, unknown>, `${at}/${key}`);
    return JSON.stringify(found) === JSON.stringify(value)
      ? []
      : [
          {
            at: `${at}/${key}`,
            reason: `is ${found === undefined ? 'absent' : JSON.stringify(found)}, not ${JSON.stringify(value)}`,
          },
        ];
  });
}
