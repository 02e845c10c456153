import { hkdfSync } from 'node:crypto';
import type { PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { open, seal } from '../ops/seal.ts';
import { CODE, placesOf, TEMPLATES, type Language, type TemplateName } from './templates.ts';

export interface Message {
  /** 09 and nine digits. */
  readonly to: string;
  readonly template: TemplateName;
  readonly language: Language;
  /** One for each `{name}` of the template. */
  readonly values: Readonly<Record<string, string | number>>;
  /** What it tells of: `case:7`. */
  readonly about?: string;
}

/** A code that the message brings: sealed until it is sent, and gone afterwards. */
export interface Secret {
  readonly code: string;
  /** ms since the epoch: later it is not sent any more. */
  readonly until: number;
  /** Of `messageKey`. */
  readonly key: Buffer;
}

const LONGEST_VALUE = 100;

/** What codes are sealed under while they wait.
 *  @param shared the key that every copy has (ledger/pan-key.ts) */
export function messageKey(shared: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', shared, '', 'codes in messages', 32));
}

/** Puts a message into the outbox, in the transaction of what it tells: it is sent if that is committed, at least once.
 *  @param now ms since the epoch
 *  @throws GatewayError `messages.template`: the values are not those of the template; `messages.mobile` */
export async function queueMessage(
  db: PoolClient,
  { to, template, language, values, about }: Message,
  now: number,
  secret?: Secret,
): Promise<void> {
  if (!/^09\d{9}$/.test(to))
    throw new GatewayError('messages.mobile', 'A message goes to a mobile, 09 and nine digits.');
  const { version } = TEMPLATES[template];
  const text = TEMPLATES[template][language];
  const missing = placesOf(text).filter((name) => values[name] === undefined);
  const tooMany = Object.keys(values).filter((name) => !placesOf(text).includes(name));
  if (missing.length + tooMany.length > 0 || text.includes(CODE) !== (secret !== undefined))
    throw new GatewayError('messages.template', `${template} does not take these values: ${[...missing, ...tooMany].join(', ') || CODE}.`); // prettier-ignore
  const body = text.replace(/\{([a-z]+)\}/gi, (place, name: string) =>
    place === CODE ? CODE : shown(values[name] ?? '', language),
  );
  await db.query(
    `insert into messages (mobile, template, version, language, body, about, secret, secret_until, queued_at, next_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
    [
      to,
      template,
      version,
      language,
      body,
      about ?? null,
      secret === undefined ? null : seal(secret.key, Buffer.from(secret.code), to),
      secret === undefined ? null : new Date(secret.until),
      new Date(now),
    ],
  );
}

/** The code of a message that waits.
 *  @returns undefined: it was sealed under another key */
export function openSecret(key: Buffer, sealed: Buffer, mobile: string): string | undefined {
  return open(key, sealed, mobile)?.toString();
}

/** What somebody typed cannot become a link, a second line or a forged direction; digits are those of the language. */
function shown(value: string | number, language: Language): string {
  const plain = String(value)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (mark) => (mark === '\u200c' ? mark : ' '))
    .replaceAll('{', '(')
    .replaceAll('}', ')')
    .replaceAll('://', ' ')
    .replace(/(?<=[\p{L}\p{N}])[.。．](?=[\p{L}\p{N}])/gu, ' ')
    .slice(0, LONGEST_VALUE);
  return language === 'en' ? plain : plain.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)));
}
