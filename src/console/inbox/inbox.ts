import type { Pool } from 'pg';
import type { Standing } from '../../health/index.ts';
import { tehran } from '../../ops/clock.ts';
import type { Permission } from '../../people/index.ts';
import { closenessOf, endingsOf } from '../../terminals/index.ts';
import { HEALTH_RULES, sickTerminals } from '../../terminals/health/index.ts';
import { INBOX_KINDS, type InboxKind } from './kinds.ts';

/** What waits for one person: by what they may do, without what they have said themselves. */

export interface InboxEntry {
  readonly target: { readonly type: string; readonly id: string };
  readonly label: string;
  readonly since: string;
  readonly due: string | null;
  readonly overdue: boolean;
}

export interface InboxGroup {
  readonly kind: string;
  readonly permission: Permission;
  readonly why: { readonly fa: string; readonly en: string };
  readonly count: number;
  readonly overdue: number;
  /** The earliest. */
  readonly due: string | null;
  /** The most urgent of them. */
  readonly items: readonly InboxEntry[];
}

export interface Reader {
  readonly id: string;
  readonly login: string;
  readonly permissions: readonly Permission[];
}

export interface InboxSources {
  readonly keyDays: number;
  /** What the doctor found last; undefined: nobody makes rounds here. */
  readonly doctor?: (() => Promise<readonly Standing[]>) | undefined;
}

/** Of each kind; the rest is a list of its own. */
const SHOWN = 5;

interface Row {
  readonly id: string;
  readonly label: string | null;
  readonly since: Date;
  readonly due: Date | null;
  readonly total: number;
  readonly overdue: number;
}

/** The most urgent kind first; a kind of which nothing waits is left out. */
export async function inboxOf(
  pool: Pool,
  reader: Reader,
  now: number,
  { keyDays, doctor }: InboxSources,
): Promise<InboxGroup[]> {
  const may = (permission: Permission): boolean => reader.permissions.includes(permission);
  const groups = await Promise.all([
    ...INBOX_KINDS.filter(({ permission }) => may(permission)).map((kind) => groupOf(pool, kind, reader, now)),
    ...(may('terminals:change') ? [sickOf(pool, now), endingOf(pool, now, keyDays, 'terminals:change')] : []),
    ...(may('keys:change') ? [endingOf(pool, now, keyDays, 'keys:change')] : []),
    ...(doctor === undefined
      ? []
      : DOCTOR_TELLS.filter(({ permission }) => may(permission)).map((whom) => foundOf(doctor, whom))),
  ]);
  const rank = ({ due }: InboxGroup): number => (due === null ? Number.MAX_SAFE_INTEGER : Date.parse(due));
  return groups.filter(({ count }) => count > 0).sort((one, other) => rank(one) - rank(other));
}

async function groupOf(pool: Pool, kind: InboxKind, { id, login }: Reader, now: number): Promise<InboxGroup> {
  const { rows } = await pool.query<Row>(
    `select id, label, since, due, count(*) over ()::int as total, count(*) filter (where due < $3) over ()::int as overdue
       from (${kind.sql}) waiting where $1::bigint is not null and $2::text is not null and $3::timestamptz is not null
      order by due nulls last, since limit ${SHOWN}`,
    [id, login, new Date(now)],
  );
  const [first] = rows;
  return {
    ...{ kind: kind.kind, permission: kind.permission, why: kind.why },
    count: first?.total ?? 0,
    overdue: first?.overdue ?? 0,
    due: first?.due?.toISOString() ?? null,
    items: rows.map((row) => ({
      target: { type: kind.target, id: row.id },
      label: (row.label ?? '').slice(0, 200),
      since: row.since.toISOString(),
      due: row.due?.toISOString() ?? null,
      overdue: row.due !== null && row.due.getTime() < now,
    })),
  };
}

async function sickOf(pool: Pool, now: number): Promise<InboxGroup> {
  const sick = await sickTerminals(pool, { now });
  const midnight = new Date(Date.parse(`${tehran(now).isoDate}T00:00:00+03:30`)).toISOString();
  return {
    ...{ kind: 'terminal-sick', permission: 'terminals:change' as const, overdue: 0, due: null, count: sick.length },
    why: { fa: 'رفتار پایانه نشان می‌دهد که چیزی درست نیست', en: 'the traffic of a terminal says that something is wrong' },
    items: sick.slice(0, SHOWN).map(({ terminal, rule, value }) => ({
      target: { type: 'terminal', id: terminal },
      label: `${rule}: ${value} ${HEALTH_RULES[rule].unit}`,
      since: midnight,
      due: null,
      overdue: false,
    })),
  };
} // prettier-ignore

interface Told {
  readonly kind: string;
  readonly permission: Permission;
  readonly checks: readonly string[];
}

/** Whose business a finding is. What ends soon and what the clearing waits for are kinds of their own. */
export const DOCTOR_TELLS: readonly Told[] = [
  { kind: 'doctor-keys', permission: 'keys:change', checks: ['keys'] },
  { kind: 'doctor-books', permission: 'money:make', checks: ['days', 'postings'] },
  { kind: 'doctor', permission: 'jobs:work', checks: ['settings', 'secrets', 'disk', 'database', 'version', 'role', 'server', 'replication', 'transactions', 'backups', 'practice', 'clock', 'queue', 'gateway', 'alarms'] },
]; // prettier-ignore

/** A critical finding should have been mended already; a warning has no day. */
async function foundOf(doctor: () => Promise<readonly Standing[]>, { kind, permission, checks }: Told): Promise<InboxGroup> {
  const found = (await doctor()).filter(({ check }) => checks.includes(check));
  const critical = found.filter(({ level }) => level === 'critical');
  const since = (at: number): string => new Date(at).toISOString();
  return {
    kind,
    permission,
    why: { fa: 'پزشک درگاه چیزی یافته است که درست نیست', en: 'the doctor found something that is not in order' },
    count: found.length,
    overdue: critical.length,
    due: critical.length === 0 ? null : since(Math.min(...critical.map((each) => each.since))),
    items: [...critical, ...found.filter(({ level }) => level !== 'critical')].slice(0, SHOWN).map((each) => ({
      target: { type: 'doctor', id: each.check },
      label: [each.says, each.do].filter((text) => text !== undefined).join(' → ').slice(0, 300),
      since: since(each.since),
      due: each.level === 'critical' ? since(each.since) : null,
      overdue: each.level === 'critical',
    })),
  };
} // prettier-ignore

/** Keys are their keepers' business, everything else that ends is the engineers'. */
const OF_KEEPERS: readonly string[] = ['master-key', 'shared-key'];
const TELL_DAYS = 30;

async function endingOf(pool: Pool, now: number, keyDays: number, permission: Permission): Promise<InboxGroup> {
  const all = await endingsOf(pool, { keyDays, within: TELL_DAYS, now });
  const own = all.filter(({ what }) => OF_KEEPERS.includes(what) === (permission === 'keys:change'));
  const [first] = own;
  return {
    kind: permission === 'keys:change' ? 'key-ends' : 'ends',
    permission,
    why: { fa: 'چیزی به پایان اعتبارش نزدیک است', en: 'something ends soon' },
    count: own.length,
    overdue: own.filter((each) => closenessOf(each, now) === 0).length,
    due: first === undefined ? null : new Date(first.endsAt).toISOString(),
    items: own.slice(0, SHOWN).map(({ what, name, endsAt }) => ({
      target: { type: what, id: name },
      label: what,
      since: new Date(endsAt - TELL_DAYS * 86_400_000).toISOString(),
      due: new Date(endsAt).toISOString(),
      overdue: endsAt <= now,
    })),
  };
}
