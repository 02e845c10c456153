import type { Entry, FieldInput, Message, Secret } from '../../codec/index.ts';
import { emvTag } from '../../codec/describe/index.ts';
import type { KeyAlgorithm } from '../../hsm/index.ts';
import { DEMO_PIN } from '../../demo/index.ts';
import { testKeyBlocks, testMac, testPinBlock, type TestKeys } from './test-keys.ts';
import { newEmvValue, newTrack, newTrack2, withoutPans, withoutPansInHex, type Pans } from './values.ts';

/** What a request must be again, so that its answer comes out the same. */
export interface Intent {
  readonly pin: 'right' | 'wrong';
  readonly mac: 'right' | 'wrong';
}

export interface MessageContext {
  readonly pans: Pans;
  /** Under which its MAC is, and its PIN block where that is of their algorithm. */
  readonly keys: TestKeys;
  /** The owner's keys of the other algorithm, for a PIN block of it. */
  readonly pinKeys: (algorithm: KeyAlgorithm) => TestKeys;
  /** Key blocks of a download are wrapped under it. */
  readonly kek: Buffer;
  readonly intent: Intent;
}

/** Never the right one of the demo programme. */
export const WRONG_PIN = '9999';
/** PIN blocks of messages without a PAN are made for this one. */
const NO_PAN = '0000000000000000';

/** The message without anybody's data: PANs and tracks of others, PIN block, keys and MAC under test keys.
 *  @throws CodecError where a new value does not fit */
export function sanitiseMessage(message: Message, context: MessageContext): Buffer {
  const changes: Record<string, FieldInput> = {};
  const mac = message.has(128) ? 128 : 64;
  for (const de of message.fields()) {
    const plan = message.spec.fields[de];
    const entries = message.entries(de);
    if (plan === undefined || plan.secret === 'mac') continue;
    if (entries.length > 0) inEntries(de, String(de), entries, message, context, changes);
    else {
      const value = message.get(de) ?? '';
      const fresh =
        newValue(String(de), value, plan.secret, message, context) ?? plain(value, plan.type === 'b', context);
      if (fresh !== value) changes[de] = fresh;
    }
  }
  // One at a time: of several changes inside one element `with` keeps the last.
  const clean = Object.entries(changes).reduce((changed, [path, value]) => changed.with({ [path]: value }), message);
  return clean.has(mac) && message.spec.fields[mac]?.secret === 'mac' ? seal(clean, mac, context) : clean.encode();
}

/** The PAN a message is about. */
export function panOf(message: Message): string | undefined {
  return message.get(2) ?? /^\d{8,19}/.exec(message.get(35) ?? '')?.[0];
}

/** Every PAN that a message says where PANs stand. */
export function pansOf(message: Message): string[] {
  const values = [message.get(2), message.get(34), message.get(35), message.get(45)?.slice(1)];
  if (message.entries(55).length > 0) values.push(message.get('55.5A'), message.get('55.57'), message.get('55.9F6B'));
  return values.flatMap((value) => /^\d{12,19}/.exec(value ?? '') ?? []);
}

function inEntries(
  de: number,
  path: string,
  entries: readonly Entry[],
  message: Message,
  context: MessageContext,
  changes: Record<string, FieldInput>,
): void {
  for (const entry of entries) {
    const own = `${path}.${entry.key}`;
    if (entry.children !== undefined) {
      inEntries(de, own, entry.children, message, context, changes);
      continue;
    }
    const secret = entry.plan?.secret ?? (de === 55 ? emvTag(entry.key)?.secret : undefined);
    const binary = de === 55 || entry.plan?.type === 'b';
    const card = de === 55 ? newEmvValue(entry.key, entry.value, secret, context.pans) : undefined;
    const fresh = card ?? newValue(own, entry.value, secret, message, context) ?? plain(entry.value, binary, context);
    if (fresh !== entry.value) changes[own] = fresh;
  }
}

/** @returns undefined for what is not secret */
function newValue(
  path: string,
  value: string,
  secret: Secret | undefined,
  message: Message,
  context: MessageContext,
): string | undefined {
  const { pans } = context;
  switch (secret) {
    case 'pan':
      return pans.map(value);
    case 'track':
      return path === '35' ? newTrack2(value, pans) : newTrack(value, pans);
    case 'pin':
      return newPinBlock(value, message, context);
    case 'cvv':
      return value.replace(/[0-9A-Fa-f]/g, '0');
    case 'key':
      return newKey(path, value, context);
    default:
      return undefined;
  }
}

/** @param value hexadecimal: 8 bytes under TDES, 16 under AES */
function newPinBlock(value: string, message: Message, context: MessageContext): string {
  const algorithm = value.length === 32 ? 'AES' : 'TDES';
  const keys = context.pinKeys(algorithm);
  const own = panOf(message) ?? '';
  const pan = own.length < 13 ? NO_PAN : context.pans.map(own);
  const pin = context.intent.pin === 'right' ? DEMO_PIN : WRONG_PIN;
  return testPinBlock(keys, pin, pan).toString('hex').toUpperCase();
}

function newKey(path: string, value: string, context: MessageContext): string {
  const tag = path === '48.30' ? '30' : path === '48.31' ? '31' : undefined;
  return tag === undefined ? value.replace(/[0-9A-Za-z]/g, '0') : testKeyBlocks(context.keys, context.kek)[tag];
}

function plain(value: string, binary: boolean, { pans }: MessageContext): string {
  return binary ? withoutPansInHex(value, pans) : withoutPans(value, pans);
}

function seal(message: Message, de: 64 | 128, context: MessageContext): Buffer {
  const mac = testMac(context.keys, message.encode().subarray(0, message.offsetOf(de)));
  if (context.intent.mac === 'wrong') mac[7] = (mac[7] ?? 0) ^ 0x01;
  return message.with({ [de]: mac.toString('hex').toUpperCase() }).encode();
}
