import { toJalali } from '../../field/jalali.ts';
import type { Text } from '../../field/language.ts';
import { bankWordsOf, wordsOf } from '../../handlers/screen-text.ts';
import type { Clock } from '../../ops/clock.ts';
import {
  copiesOf,
  countsOf,
  liveOf,
  RANGE_NAMES,
  saidLately,
  stateOf,
  trafficOf,
  type Range,
} from '../../overview/index.ts';
import type { People } from '../../people/index.ts';
import { closenessOf, endingsOf } from '../../terminals/index.ts';
import type { Radar } from './routes/endings.ts';

/** The overview as pages see it. What is slow to read is kept a little while, so that neither many pages nor many listeners cost more
 *  than one. */
export interface OverviewReader {
  whole(range: Range): Promise<object>;
  now(): Promise<object>;
}

export interface OverviewSources {
  readonly people: () => People;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly radar: Radar;
  /** Of the queues of settlement; undefined: they cannot be asked here. */
  readonly jobCounts: () => Promise<Readonly<Record<string, number>> | undefined>;
}

const LIVE_SECONDS: Readonly<Record<Range, number>> = { '15m': 900, '24h': 60, '7d': 60, '30d': 60 };
const NOW_MS = 2_000;
const SLOW_MS = 30_000;
const TRAFFIC_MS: Readonly<Record<Range, number>> = { '15m': 4_000, '24h': 30_000, '7d': 60_000, '30d': 60_000 };
const SOONEST = 5;

export function overviewReader(sources: OverviewSources): OverviewReader {
  const { people, clock } = sources;
  const keep = <T>(ms: number, work: () => Promise<T>): (() => Promise<T>) => keeping(clock, ms, work);
  const slow = keep(SLOW_MS, async () => {
    const { pool, clock: time } = people();
    const now = time.now();
    const found = [
      ...sources.radar.ofFiles(),
      ...(await endingsOf(pool, { keyDays: sources.radar.keyDays, within: 90, now })),
    ];
    const close = found
      .sort((one, other) => one.endsAt - other.endsAt)
      .map((each) => ({ ...each, within: closenessOf(each, now) }));
    const counts = new Map<string, { what: string; within: number; count: number }>();
    for (const { what, within } of close) {
      if (within === undefined) continue;
      const key = `${what} ${within}`;
      counts.set(key, { what, within, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    const soonest = close.slice(0, SOONEST).map(({ what, name, endsAt }) => ({ what, name, endsAt: iso(endsAt) }));
    return {
      certificates: { query: 'endings', ends: [...counts.values()], soonest },
      alarms: alarmsOf(await countsOf(pool, now)),
    };
  });
  const now = keep(NOW_MS, async () => {
    const { pool, clock: time } = people();
    const at = time.now();
    const [seen, copies, state, jobs, kept] = await Promise.all([
      saidLately(pool, at),
      copiesOf(pool, at),
      stateOf(pool),
      sources.jobCounts(),
      slow(),
    ]);
    const here = copies.filter((copy) => copy.here);
    const sum = (of: (copy: (typeof here)[number]) => number): number => here.reduce((all, copy) => all + of(copy), 0);
    return {
      at: iso(at),
      seen: { query: 'overview.said', items: seen.map(({ kind, rc, said, answers }) => ({ kind, rc, answers, text: textOf(rc, said) })) },
      links: { query: 'overview.copies', ready: sum(({ bankLinks }) => bankLinks), copies: here.length, connections: sum(({ connections }) => connections) },
      doubts: { query: 'overview.state', items: state.doubts.map((each) => ({ ...each, since: iso(each.since) })) },
      queues: {
        query: 'overview.state',
        advices: { waiting: state.advices.waiting, since: state.advices.since === null ? null : iso(state.advices.since) },
        jobs: jobs ?? null,
      },
      close: {
        query: 'overview.state',
        openDay: dayOf(state.openDay),
        settledDay: dayOf(state.settledDay),
        clearings: state.clearings.map((each) => ({ ...each, since: iso(each.since), jalali: toJalali(each.businessDay) })),
      },
      alarms: { query: 'overview.alarms', items: kept.alarms },
      certificates: kept.certificates,
      copies: copies.map((copy) => ({ ...copy, startedAt: copy.startedAt.toISOString(), seenAt: copy.seenAt.toISOString() })),
    };
  }); // prettier-ignore
  const live = (seconds: number) =>
    keep(NOW_MS, async () => {
      const { pool, clock: time } = people();
      return { query: 'overview.seconds', ...(await liveOf(pool, seconds, time.now())) };
    });
  const short = live(60);
  const lives = Object.fromEntries(RANGE_NAMES.map((range) => [range, live(LIVE_SECONDS[range])]));
  const traffic = Object.fromEntries(
    RANGE_NAMES.map((range) => [
      range,
      keep(TRAFFIC_MS[range], async () => {
        const { pool, clock: time } = people();
        return { query: 'overview.points', ...(await trafficOf(pool, range, time.now())) };
      }),
    ]),
  );
  return {
    whole: async (range) => ({
      range,
      traffic: await traffic[range]?.(),
      live: await lives[range]?.(),
      ...(await now()),
    }),
    now: async () => ({ live: await short(), ...(await now()) }),
  };
}

/** The same answer for a while, and one question at a time. What failed is asked again. */
function keeping<T>(clock: Pick<Clock, 'monotonic'>, ms: number, work: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  let at = 0;
  return () => {
    const now = clock.monotonic();
    if (kept === undefined || now - at >= ms) {
      at = now;
      const asked = work();
      kept = asked;
      asked.catch(() => {
        if (kept === asked) kept = undefined;
      });
    }
    return kept;
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function dayOf(day: string | null): object | null {
  return day === null ? null : { day, jalali: toJalali(day) };
}

/** What the screen showed, and what that is in English. */
function textOf(rc: string, said: string): Text {
  const ofBank = /\(کد (\w\w)\)/.exec(said)?.[1];
  const words = ofBank === undefined ? wordsOf(rc) : bankWordsOf(ofBank);
  return {
    fa: said === '' ? words.fa : said,
    en: ofBank === undefined ? words.en : `bank: ${words.en} (code ${ofBank})`,
  };
}

/** What is counted, how bad any of it is, and where a person goes. */
const ALARMS: Readonly<Record<string, { level: 'warning' | 'critical'; target: string; text: Text }>> = {
  'suspense-below-zero': { level: 'critical', target: 'shops', text: { fa: 'فروشگاه با حساب معلق منفی', en: 'shops whose suspense is below zero' } },
  'advices-refused': { level: 'critical', target: 'doubts', text: { fa: 'برگشت یا ابلاغی که بانک نپذیرفت', en: 'reversals or advices that the bank refused' } },
  'clearings-failing': { level: 'critical', target: 'business-days', text: { fa: 'تسویه‌ای که گامی از آن خطا می‌دهد', en: 'clearings whose last step failed' } },
  'breaks-overdue': { level: 'warning', target: 'breaks', text: { fa: 'مغایرت گذشته از مهلت', en: 'breaks older than the rules allow' } },
  'bank-leftovers': { level: 'warning', target: 'bank-answers', text: { fa: 'ثبت بانک بی‌دستور پرداخت ما', en: 'bookings of the bank that name no order of ours' } },
  'messages-failed': { level: 'warning', target: 'messages', text: { fa: 'پیامکی که در یک روز گذشته نرسید', en: 'messages that failed within a day' } },
  'registries-silent': { level: 'warning', target: 'registries', text: { fa: 'سامانهٔ استعلامی که پاسخ نمی‌دهد', en: 'registries that do not answer' } },
  'terminals-blocked': { level: 'warning', target: 'terminals', text: { fa: 'پایانهٔ مسدود', en: 'terminals that the guard blocked' } },
  'rollouts-halted': { level: 'warning', target: 'rollouts', text: { fa: 'به‌روزرسانی متوقف‌شده', en: 'rollouts that were halted' } },
}; // prettier-ignore

function alarmsOf(counts: Readonly<Record<string, number>>): object[] {
  return Object.entries(ALARMS).flatMap(([alarm, { level, target, text }]) => {
    const count = counts[alarm] ?? 0;
    return count === 0 ? [] : [{ alarm, level, count, text, target: { type: target, id: null } }];
  });
}
