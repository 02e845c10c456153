import type { PoolClient } from 'pg';
import { latinDigits } from '../field/persian.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Random } from '../ops/random.ts';
import { queueMessage, type Language } from '../messages/index.ts';
import { audit } from '../people/index.ts';
import { peppered, same, type OwnerKeys } from './keys.ts';
import { count, forgive } from './limits.ts';
import { byMobile, masked } from './owner.ts';
import { openSession } from './sessions.ts';
import { sha256 } from '../ops/sha256.ts';

/** One-time codes: six digits, kept as a hash under a pepper, for five minutes and five attempts, taken once. Everybody is answered the
 *  same, with the same work: whether anybody is known under a mobile is never looked at here. */

const CODE_MS = 5 * 60_000;
const TRIES = 5;

/** `apply`, `shop`: to sign in. `confirm`: the owner tells it to a clerk, who enters it; it signs nobody in. */
export type Purpose = 'apply' | 'shop' | 'confirm';

export interface CodeRequest {
  /** As typed. */
  readonly mobile: string;
  readonly purpose: Purpose;
  /** As a socket says it; undefined: whoever asks is signed in. */
  readonly address: string | undefined;
  readonly keys: OwnerKeys;
  /** Of the message; default fa. */
  readonly language?: Language;
  readonly requestId?: string;
  /** Of `confirm`: what is confirmed, so that the code counts for nothing else. */
  readonly about?: Confirmed;
}

/** What an owner confirms to a clerk. */
export interface Confirmed {
  readonly caseId: string;
  readonly number: string;
  readonly terms: string;
  /** Names what of the case is confirmed, as it was when the code was sent. */
  readonly stand: string;
}

/** Sends a code to a mobile. In one transaction with nothing else that a refusal may undo.
 *  @returns what the code is given back with; it is worth nothing without the code
 *  @throws GatewayError `owners.mobile`, `owners.wait` (with `waitMs`) */
export async function requestCode(
  db: PoolClient,
  { mobile: typed, purpose, address, keys, language = 'fa', requestId, about }: CodeRequest,
  now: number,
  random: Random,
): Promise<{ challenge: string }> {
  const mobile = mobileOf(typed);
  if (mobile === undefined)
    throw new GatewayError('owners.mobile', 'A mobile number has 11 digits and begins with 09.');
  await count(db, 'ask', { mobile, address }, keys, now);
  const challenge = `koc_${random.bytes(32).toString('base64url')}`;
  const code = String(random.between(0, 999_999)).padStart(6, '0');
  const until = now + CODE_MS;
  await db.query(
    `insert into owner_codes (challenge, mobile, purpose, about, hash, made_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      sha256(challenge),
      mobile,
      purpose,
      about === undefined ? '' : subjectOf(about),
      hashOf(keys, challenge, code),
      new Date(now),
      new Date(until),
    ],
  );
  const message = {
    to: mobile,
    language,
    ...(about === undefined
      ? { template: 'code.sign-in' as const, values: {} }
      : {
          template: 'code.confirm' as const,
          values: { number: about.number, terms: about.terms },
          about: `case:${about.caseId}`,
        }),
  };
  await queueMessage(db, message, now, { code, until, key: keys.messages });
  await audit(db, byMobile(mobile, requestId), {
    act: 'owner.code-sent',
    object: `mobile:${masked(mobile)}`,
    after: { purpose },
  });
  return { challenge };
}

export interface CodeGiven {
  readonly challenge: string;
  /** As typed. */
  readonly code: string;
  readonly keys: OwnerKeys;
  readonly address?: string | undefined;
  readonly requestId?: string;
}

export interface Redeemed {
  /** Of the session that it opened: shown once. */
  readonly token: string;
  readonly mobile: string;
}

/** Signs in with a code. Commit the transaction whatever it says: a wrong attempt counts only then.
 *  @returns undefined: wrong, lapsed, used, of another purpose, or tried too often; nobody is told which
 *  @throws GatewayError `owners.wait` (with `waitMs`): this attempt did not count */
export async function redeemCode(
  db: PoolClient,
  given: CodeGiven,
  now: number,
  random: Random,
): Promise<Redeemed | undefined> {
  const mobile = await taken(db, given, (row) => row.purpose !== 'confirm', now);
  if (mobile === undefined) return undefined;
  const token = await openSession(db, mobile, now, random);
  await audit(db, byMobile(mobile, given.requestId), { act: 'owner.signed-in', object: `mobile:${masked(mobile)}` });
  return { token, mobile };
}

/** Takes the code that an owner told to a clerk. Commit the transaction whatever it says.
 *  @returns whether it was sent for exactly this */
export async function confirmCode(
  db: PoolClient,
  given: CodeGiven,
  about: Confirmed & { readonly mobile: string },
  now: number,
): Promise<boolean> {
  const mobile = await taken(
    db,
    given,
    (row) => row.purpose === 'confirm' && row.about === subjectOf(about) && row.mobile === about.mobile,
    now,
  );
  return mobile !== undefined;
}

interface CodeRow {
  readonly code_id: string;
  readonly mobile: string;
  readonly purpose: Purpose;
  readonly about: string;
  readonly hash: Buffer;
  readonly tries: number;
  readonly open: boolean;
}

/** An attempt, with the same statements whatever is wrong with it.
 *  @returns whose mobile is proved */
async function taken(
  db: PoolClient,
  { challenge, code, keys, address, requestId }: CodeGiven,
  fits: (row: CodeRow) => boolean,
  now: number,
): Promise<string | undefined> {
  const { rows } = await db.query<CodeRow>(
    `select code_id::text, mobile, purpose, about, hash, tries, used_at is null and expires_at > $2 as open
       from owner_codes where challenge = $1 for update`,
    [sha256(challenge.slice(0, 100)), new Date(now)],
  );
  const [row] = rows;
  const subject = { mobile: row?.mobile ?? `? ${challenge.slice(0, 100)}`, address };
  await count(db, 'try', subject, keys, now);
  const right = same(row?.hash ?? NO_HASH, hashOf(keys, challenge, digits(code)));
  const holds = row !== undefined && right && row.open && row.tries < TRIES && fits(row);
  await db.query('update owner_codes set tries = tries + 1, used_at = coalesce(used_at, $2) where code_id = $1', [
    row?.code_id ?? '0',
    holds ? new Date(now) : null,
  ]);
  if (holds) {
    await forgive(db, subject, keys, now);
    return row.mobile;
  }
  const object = row === undefined ? 'mobile:?' : `mobile:${masked(row.mobile)}`;
  await audit(db, byMobile(row?.mobile, requestId), { act: 'owner.refused', object });
  return undefined;
}

const NO_HASH = Buffer.alloc(32);

function hashOf(keys: OwnerKeys, challenge: string, code: string): Buffer {
  return peppered(keys, `${challenge} ${code}`);
}

function digits(typed: string): string {
  return latinDigits(typed.slice(0, 40)).replace(/[\s\u200c\u200e\u200f-]/g, '');
}

function subjectOf({ caseId, terms, stand }: Confirmed): string {
  return `case:${caseId} ${terms} ${stand}`;
}

/** @returns 09…; undefined: it is no mobile number */
export function mobileOf(typed: string): string | undefined {
  const rest = /^(?:\+98|0098|98|0)?(9\d{9})$/.exec(digits(typed))?.[1];
  return rest === undefined ? undefined : `0${rest}`;
}
