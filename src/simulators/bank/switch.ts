import type { Codec, FieldInput, Message } from '../../codec/index.ts';
import { answerMti, isAnswer } from '../../field/mti.ts';
import { transmissionDateTime, type Clock } from '../../ops/clock.ts';
import type { FaultRule, FaultScript } from './faults.ts';
import type { Account, Advice, Authorisation, Identity, Issuer } from './issuer.ts';
import type { Entry, Journal } from './journal.ts';
import type { ConnectionKeys } from './keys.ts';

/** What becomes of a request: an answer and how it is delivered, or none. */
export interface Delivery {
  readonly body: Buffer | undefined;
  readonly fault: (FaultRule & { readonly ms: number }) | undefined;
}

export interface SwitchParts {
  readonly codec: Codec;
  readonly issuer: Issuer;
  readonly journal: Journal;
  readonly faults: FaultScript;
  readonly clock: Clock;
}

type Reply = Readonly<Record<number, FieldInput | undefined>>;

const ECHOED = [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 70, 90];
const NOTHING: Delivery = { body: undefined, fault: undefined };

/** The card switch's answer to one message of a connection. Decisions are in the journal, on disk, before they are
 *  answered. Undecodable bytes throw a CodecError: the caller counts them. */
export async function serve(body: Buffer, keys: ConnectionKeys, parts: SwitchParts): Promise<Delivery> {
  const { codec, faults, issuer, clock } = parts;
  const message = codec.decode(body);
  if (isAnswer(message.mti)) return NOTHING;
  if (message.mti.startsWith('08')) return { ...NOTHING, body: network(message, keys, parts) };
  if (!keys.present) return { ...NOTHING, body: answer(message, { 39: '76' }, keys, parts) };
  if (!keys.macHolds(body, clock.now())) return { ...NOTHING, body: answer(message, { 39: '63' }, keys, parts) };
  const account = issuer.accountOf(panOf(message));
  const fault = faults.strike({ mti: message.mti, processingCode: message.get(3), household: account?.household });
  if (fault?.fault === 'lost' || fault?.fault === 'close') return { body: undefined, fault };
  const reply = await decide(message, keys, parts, fault);
  const mute = account?.mute === true && !message.mti.startsWith('04');
  const silent = mute || fault?.fault === 'silence';
  return { body: silent ? undefined : answer(message, reply, keys, parts), fault };
}

function network(message: Message, keys: ConnectionKeys, parts: SwitchParts): Buffer {
  switch (message.get(70)) {
    case '101':
      return answer(message, { 39: '00', 48: keys.renew(parts.clock.now()) }, keys, parts);
    case '001':
    case '002':
    case '301':
      return answer(message, { 39: '00' }, keys, parts);
    default:
      return answer(message, { 39: '12' }, keys, parts);
  }
}

async function decide(
  message: Message,
  keys: ConnectionKeys,
  parts: SwitchParts,
  fault: FaultRule | undefined,
): Promise<Reply> {
  const { issuer, journal, clock } = parts;
  const now = clock.now();
  let decision: ReturnType<Issuer['authorise']>;
  switch (message.mti.slice(0, 3)) {
    case '010':
    case '020':
      decision = issuer.authorise(authorisation(message, keys, now, fault), now);
      break;
    case '022':
    case '040':
    case '042': {
      const advice = adviceOf(message);
      if (advice === undefined) return { 39: '30' };
      decision = issuer.advise(advice, now);
      break;
    }
    default:
      return { 39: '12' };
  }
  const { entry, repeat } = decision;
  if (!repeat) {
    journal.append(entry);
    issuer.apply(entry);
  }
  // Also for a repeat: its first decision may still be on its way to the disk.
  await journal.flush();
  return replyOf(entry, issuer.account(entry.account), message);
}

function replyOf(entry: Entry, account: Account | undefined, message: Message): Reply {
  const approved = entry.rc === '00';
  const inquiry = entry.kind === 'inquiry' && approved && account !== undefined;
  return {
    37: entry.rrn === '' ? undefined : entry.rrn,
    38: approved && entry.authCode !== '' ? entry.authCode : undefined,
    39: entry.rc,
    54: inquiry ? balances(account.balanceRials) : undefined,
    55: message.has(55) ? issuerData(entry) : undefined,
  };
}

/** DE 54: ledger (01) and available (02) balance of the card's account, each `00 tt 364 C n12`. */
function balances(rials: bigint): string {
  const amount = String(rials).padStart(12, '0');
  return `0001364C${amount}0002364C${amount}`;
}

/** DE 55 of an answer: issuer authentication data (91: eight bytes and the response code), and an issuer script (71) on
 *  approvals: PUT DATA of the offline counter. Test data: a simulator has no issuer master key. */
function issuerData(entry: Entry): string {
  const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex').toUpperCase();
  const authentication = `910A${hex(entry.authCode.padEnd(8, '0'))}${hex(entry.rc)}`;
  return entry.rc === '00' ? `${authentication}710B860904DA9F5804AABBCCDD` : authentication;
}

function authorisation(
  message: Message,
  keys: ConnectionKeys,
  now: number,
  fault: FaultRule | undefined,
): Authorisation {
  const pan = panOf(message);
  const block = message.bytes(52);
  return {
    mti: message.mti,
    processingCode: message.get(3) ?? '',
    pan,
    expiry: message.get(14) ?? /=(\d{4})/.exec(message.get(35) ?? '')?.[1],
    amountRials: BigInt(message.get(4) ?? '0'),
    voucherRials: BigInt(message.get('48.50') ?? '0'),
    posEntryMode: message.get(22) ?? '',
    pin: block === undefined ? 'absent' : { clear: keys.pin(block, pan, now) },
    identity: identityOf(message),
    forcedRc: fault?.fault === 'decline' ? (fault.rc ?? '05') : undefined,
  };
}

function adviceOf(message: Message): Advice | undefined {
  const original = message.get(90);
  if (original === undefined) return undefined;
  const corrected = message.get(95);
  return {
    mti: message.mti,
    processingCode: message.get(3) ?? '',
    amountRials: BigInt(message.get(4) ?? '0'),
    correctedRials: corrected === undefined ? undefined : BigInt(corrected.slice(0, 12)),
    originalStan: original.slice(4, 10),
    originalTransmission: original.slice(10, 20),
    identity: identityOf(message),
  };
}

function identityOf(message: Message): Identity {
  return {
    terminal: message.get(41) ?? '',
    merchant: message.get(42) ?? '',
    stan: message.get(11) ?? '',
    transmission: message.get(7) ?? '',
    localDateTime: (message.get(13) ?? '') + (message.get(12) ?? ''),
    rrn: message.get(37) ?? '',
  };
}

function panOf(message: Message): string {
  return message.get(2) ?? message.get(35)?.split('=')[0] ?? '';
}

function answer(message: Message, reply: Reply, keys: ConnectionKeys, { codec, clock }: SwitchParts): Buffer {
  const fields: Record<string, FieldInput> = {};
  for (const de of ECHOED) {
    const value = message.get(de);
    if (value !== undefined) fields[de] = value;
  }
  // DE 7 is echoed: the gateway matches by it (wire.md 10). A request without one gets the time of its answer.
  if (!message.has(7)) fields[7] = transmissionDateTime(clock.now());
  for (const [de, value] of Object.entries(reply)) if (value !== undefined) fields[de] = value;
  const mti = answerMti(message.mti);
  if (!keys.present) return codec.encode({ mti, fields });
  const de = Object.keys(fields).some((name) => Number(name) > 64) ? '128' : '64';
  return keys.seal(codec.encode({ mti, fields: { ...fields, [de]: '0'.repeat(16) } }));
}
