import type { Pool, PoolClient } from 'pg';
import { openSecret } from './queue.ts';
import { CODE } from './templates.ts';
import { isoInstant } from '../ops/sql.ts';

export interface MessageFilter {
  /** 09… */
  readonly mobile?: string | undefined;
  readonly about?: string | undefined;
  readonly state?: string | undefined;
  /** Older than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface MessageLine {
  readonly id: string;
  readonly at: string;
  readonly mobile: string;
  readonly template: string;
  readonly version: number;
  readonly language: string;
  /** Codes are blanked. */
  readonly text: string;
  readonly about: string | null;
  readonly state: 'queued' | 'sent' | 'failed';
  readonly tries: number;
  readonly doneAt: string | null;
  readonly fault: string | null;
}

const BLANK = '••••••';
/** What people were told, the newest first.
 *  @param key shows the codes that still hold: for the demo's own people alone */
export async function listMessages(
  db: Pool | PoolClient,
  { mobile, about, state, before, limit }: MessageFilter,
  show?: { readonly key: Buffer; readonly now: number },
): Promise<MessageLine[]> {
  const { rows } = await db.query<MessageLine & { secret: Buffer | null; until: Date | null }>(
    `select message_id::text as id, ${isoInstant('queued_at')} as at, mobile, template, version, language, body as text, about, state, tries,
            ${isoInstant('done_at')} as "doneAt", fault, secret, secret_until as until
       from messages
      where ($1::text is null or mobile = $1) and ($2::text is null or about = $2) and ($3::text is null or state = $3)
        and ($4::bigint is null or message_id < $4) order by message_id desc limit $5`,
    [mobile ?? null, about ?? null, state ?? null, before ?? null, limit],
  );
  return rows.map(({ secret, until, text, ...line }) => {
    const holds = show !== undefined && secret !== null && until !== null && until.getTime() > show.now;
    const code = holds ? openSecret(show.key, secret, line.mobile) : undefined;
    return { ...line, text: text.replace(CODE, code ?? BLANK) };
  });
}
