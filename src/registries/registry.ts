import { readDay } from '../field/jalali.ts';
import { latinDigits } from '../field/persian.ts';
import { at, fill, openCall, placesIn, type CallAnswer } from '../ops/call/index.ts';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { QUESTION_VALUES, type ReasonCode } from '../shops/index.ts';
import type { RegistryDescription } from './settings.ts';

/** What a registry says of a question. */
export type Said =
  | { readonly verdict: 'yes'; readonly validUntil?: number }
  | { readonly verdict: 'no'; readonly reason: ReasonCode }
  | { readonly verdict: 'unknown'; readonly why: string };

/** The port: whoever can be asked whether what a shop typed holds. */
export interface Registry {
  readonly description: RegistryDescription;
  /** Never rejects: a registry that is out, or talks rubbish, says nothing.
   *  @param id of the question, for the registry's log */
  ask(values: Readonly<Record<string, string>>, id: string): Promise<Said>;
  close(): void;
}

type Meaning = RegistryDescription['answers'][number];

const NAMES = [...QUESTION_VALUES, 'id'];

/** A registry behind HTTP, as a file describes it.
 *  @param about in messages: `sheba in /data/registries.yaml`
 *  @throws GatewayError `settings.file` */
export function openRegistry(description: RegistryDescription, about: string, clock: Clock): Registry {
  const fault = faultOf(description);
  if (fault !== undefined) throw new GatewayError('settings.file', `${about}: ${fault}`);
  const call = openCall(description.http, about, NAMES, clock);
  return {
    description,
    ask: async (values, id) => understood(description, await call({ ...values, id }), values),
    close: () => {
      call.close();
    },
  };
}

function faultOf({ answers, repeats }: RegistryDescription): string | undefined {
  for (const { at: place, is, isNot, says, reason } of answers) {
    if ((says === 'no') !== (reason !== undefined)) return 'an answer that says no has a reason, and no other has one.';
    if (is !== undefined && isNot !== undefined) return 'an answer has is or isNot, not both.';
    if ((place === undefined) !== (is === undefined && isNot === undefined)) return 'at comes with is or isNot.';
    const unknown = placesIn([is, isNot]).find((name) => !NAMES.includes(name));
    if (unknown !== undefined) return `there is no {${unknown}} here; there are ${NAMES.join(', ')}.`;
  }
  const strange = Object.values(repeats).find((name) => !NAMES.includes(name));
  return strange === undefined ? undefined : `repeats: there is no value ${strange}; there are ${NAMES.join(', ')}.`;
}

function understood(
  { answers, repeats, validUntil }: RegistryDescription,
  answer: CallAnswer,
  values: Readonly<Record<string, string>>,
): Said {
  if (answer.kind === 'none') return { verdict: 'unknown', why: answer.why };
  const { status, json } = answer;
  const meaning = answers.find((each) => fits(each, answer, values));
  if (meaning === undefined) return { verdict: 'unknown', why: `status ${status}, and nothing in it that is known` };
  if (meaning.says === 'unknown')
    return { verdict: 'unknown', why: `status ${status}, which says that it does not know` };
  // An answer that has a body must be about what was asked; what says no by its status alone has none.
  const aboutAnother = Object.entries(repeats).find(([place, name]) => !same(at(json, place), values[name] ?? ''));
  if (aboutAnother !== undefined && (json !== undefined || meaning.says === 'yes'))
    return { verdict: 'unknown', why: `it does not repeat ${aboutAnother[1]}: it is about something else` };
  if (meaning.says === 'no') return { verdict: 'no', reason: meaning.reason as ReasonCode };
  if (validUntil === undefined || at(json, validUntil) === undefined) return { verdict: 'yes' };
  const day = dayAt(json, validUntil);
  return day === undefined
    ? { verdict: 'unknown', why: `${validUntil} is no day` }
    : { verdict: 'yes', validUntil: Date.parse(`${day}T20:30:00Z`) }; // midnight in Tehran, at the day's end
}

function fits(
  { status, at: place, is, isNot }: Meaning,
  { status: got, json }: CallAnswer & { kind: 'answer' },
  values: Readonly<Record<string, string>>,
): boolean {
  if (status === undefined ? got < 200 || got > 299 : !status.includes(got)) return false;
  if (place === undefined) return true;
  const word = at(json, place);
  if (word === undefined || (typeof word === 'object' && word !== null)) return false;
  const among = (list: readonly unknown[]): boolean => list.some((each) => fill(each, values) === word);
  return is === undefined ? !among(isNot ?? []) : among(is);
}

function same(said: unknown, asked: string): boolean {
  if (typeof said !== 'string' && typeof said !== 'number') return false;
  return latinDigits(String(said)).trim() === latinDigits(asked).trim();
}

/** ISO, or Jalali. */
function dayAt(json: unknown, place: string): string | undefined {
  const text = at(json, place);
  return typeof text === 'string' ? readDay(latinDigits(text).slice(0, 10).replaceAll('/', '-')) : undefined;
}
