import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { transaction } from '../ops/database.ts';
import {
  applyWord,
  dropUnasked,
  takeQuestion,
  type Checked,
  type Question,
  type ReasonCode,
  type Word,
} from '../shops/index.ts';
import type { Registry, Said } from './registry.ts';

/** Asks registries about what shops typed. Any number of copies may run it at once: a question is one copy's for as long as its answer may
 *  take, and where the copy dies with it, another takes it up. */

const HOUR_MS = 3_600_000;
/** What a copy does beside the call itself. */
const SPARE_MS = 5_000;
const OF_ONE_AT_ONCE = 2;

export type Registries = Readonly<Partial<Record<Checked, Registry>>>;

export interface Checks {
  readonly pool: Pool;
  readonly registries: Registries;
  /** Told of each answer. */
  readonly onSaid?: (registry: Checked, said: Said['verdict'], how: 'asked' | 'cached') => void;
  /** Questions under way here, by registry: one that is silent keeps no other from being asked. */
  readonly busy: Map<Checked, number>;
  /** ms since the epoch: also when an answer has come. */
  readonly now: () => number;
}

/** Says which registries are asked from now on: whoever sends a case goes by that.
 *  @param codes none: everything goes to reviewers */
export async function declareRegistries(pool: Pool, codes: readonly Checked[], now: number): Promise<void> {
  await transaction(pool, async (db) => {
    await db.query(
      'update registries set asked = false, since = $2, silent_since = null where asked and code <> all ($1)',
      [codes, new Date(now)],
    );
    await db.query(
      `insert into registries (code, asked, since) select code, true, $2 from unnest($1::text[]) as c (code)
       on conflict (code) do update set asked = true, since = $2 where not registries.asked`,
      [codes, new Date(now)],
    );
  });
}

/** Asks one question that waits.
 *  @returns false: there was none */
export async function runCheck(checks: Checks): Promise<boolean> {
  const { pool, registries, busy, now } = checks;
  const asked = Object.keys(registries) as Checked[];
  if (await transaction(pool, (db) => dropUnasked(db, asked, now()))) return true;
  const free = asked.filter((code) => (busy.get(code) ?? 0) < OF_ONE_AT_ONCE);
  if (free.length === 0) return false;
  const longest = Math.max(0, ...Object.values(registries).map(({ description }) => description.http.timeoutMs));
  const question = await transaction(pool, (db) => takeQuestion(db, free, now() + longest + SPARE_MS, now()));
  const registry = question === undefined ? undefined : registries[question.code];
  if (question === undefined || registry === undefined) return false;
  const { code } = question;
  busy.set(code, (busy.get(code) ?? 0) + 1);
  try {
    await answer(checks, question, registry);
  } finally {
    busy.set(code, (busy.get(code) ?? 1) - 1);
  }
  return true;
}

async function answer(
  { pool, now, onSaid = () => undefined }: Checks,
  question: Question,
  registry: Registry,
): Promise<void> {
  const askedAt = now();
  const hash = hashOf(question);
  const known = await cached(pool, hash, askedAt - registry.description.cacheHours * HOUR_MS, question);
  const said =
    known ?? (await registry.ask(question.values, `${question.number}-${question.code}-${question.version}`));
  const how = known === undefined ? 'asked' : 'cached';
  const at = now();
  await transaction(pool, async (db) => {
    const word = await wordOf(db, question, said, registry, at);
    const applied = await applyWord(db, question, word, at);
    await keep(db, question, { word, said, hash, askedAt, at, applied, cached: known !== undefined });
  });
  if (known === undefined) await noteHealth(pool, question.code, said.verdict !== 'unknown', at);
  onSaid(question.code, said.verdict, how);
}

/** What an answer comes to today: what has ended does not hold, and silence is asked again until a person decides. */
async function wordOf(
  db: PoolClient,
  { caseId, code, version }: Question,
  said: Said,
  { description: { firstSeconds, mostSeconds, giveUpHours } }: Registry,
  now: number,
): Promise<Word> {
  if (said.verdict === 'no') return said;
  if (said.verdict === 'yes') {
    if (said.validUntil !== undefined && said.validUntil <= now) return { verdict: 'no', reason: 'ended' };
    return said;
  }
  const { rows } = await db.query<{ silences: number; first: Date | null }>(
    `select count(*)::int as silences, min(asked_at) as first from registry_answers
      where registry = $1 and case_id = $2 and version = $3 and verdict = 'unknown'
        and answer_id > coalesce((select max(answer_id) from registry_answers
          where registry = $1 and case_id = $2 and version = $3 and verdict <> 'unknown'), 0)`,
    [code, caseId, version],
  );
  const { silences, first } = rows[0] ?? { silences: 0, first: null };
  const nextCheck = now + Math.min(mostSeconds, firstSeconds * 2 ** Math.min(silences, 20)) * 1_000;
  const end = (first?.getTime() ?? now) + giveUpHours * HOUR_MS;
  return nextCheck > end ? { verdict: 'unknown' } : { verdict: 'unknown', nextCheck };
}

/** What depends on the question alone, not on the case. */
function hashOf({ code, values }: Question): Buffer {
  const asked = Object.entries(values).filter(([name]) => name !== 'caseNumber');
  return createHash('sha256')
    .update(JSON.stringify([code, asked.sort()]))
    .digest();
}

/** Not where a person has it asked again: then what was said before about this very version is what is doubted. */
async function cached(
  pool: Pool,
  hash: Buffer,
  since: number,
  { caseId, code, version }: Question,
): Promise<Said | undefined> {
  const { rows } = await pool.query<{ verdict: 'yes' | 'no'; reason: ReasonCode | null; until: Date | null }>(
    `select verdict, reason, valid_until as until from registry_answers
      where question = $1 and at > $2 and verdict <> 'unknown' and not cached
        and not exists (select from registry_answers a where a.registry = $3 and a.case_id = $4 and a.version = $5 and a.verdict <> 'unknown')
      order by at desc limit 1`,
    [hash, new Date(since), code, caseId, version],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  if (row.verdict === 'no') return { verdict: 'no', reason: row.reason ?? 'other' };
  return { verdict: 'yes', ...(row.until === null ? {} : { validUntil: row.until.getTime() }) };
}

interface Kept {
  readonly word: Word;
  readonly said: Said;
  readonly hash: Buffer;
  readonly askedAt: number;
  readonly at: number;
  readonly applied: boolean;
  readonly cached: boolean;
}

async function keep(db: PoolClient, { caseId, code, version }: Question, kept: Kept): Promise<void> {
  const { word, said, hash, askedAt, at, applied, cached: known } = kept;
  const until = word.verdict === 'yes' && word.validUntil !== undefined ? new Date(word.validUntil) : null;
  await db.query(
    `insert into registry_answers (registry, case_id, version, question, verdict, reason, valid_until, detail, asked_at, at, applied, cached)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      code,
      caseId,
      version,
      hash,
      word.verdict,
      word.verdict === 'no' ? word.reason : null,
      until,
      said.verdict === 'unknown' ? said.why.slice(0, 300) : null,
      new Date(askedAt),
      new Date(at),
      applied,
      known,
    ],
  );
}

async function noteHealth(pool: Pool, code: Checked, answered: boolean, now: number): Promise<void> {
  await pool.query(
    answered
      ? 'update registries set answered_at = $2, silent_since = null where code = $1'
      : 'update registries set silent_since = coalesce(silent_since, $2) where code = $1',
    [code, new Date(now)],
  );
}
