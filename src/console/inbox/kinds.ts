import type { Text } from '../../field/language.ts';
import type { Permission } from '../../people/index.ts';
import { OPEN_SAMPLE } from '../../shops/index.ts';

/** What can wait for a person. A statement gives what waits, without what this person may not do: $1 the person, $2 their login,
 *  $3 now. Its columns: id, label, since, due (null: no day is set). Each goes by an index of what is open. */
export interface InboxKind {
  readonly kind: string;
  /** Of the act that ends it. */
  readonly permission: Permission;
  readonly why: Text;
  /** Where a page goes: `type`, with the id of the row. */
  readonly target: string;
  readonly sql: string;
}

const kind = (
  name: string,
  permission: Permission,
  target: string,
  [fa, en]: readonly [string, string],
  sql: string,
): InboxKind => ({ kind: name, permission, target, why: { fa, en }, sql });

/** What another of two persons has said; a name counts where there was no person yet. */
const notMine = (id: string, name: string): string =>
  `${id} is distinct from $1::bigint and lower(coalesce(${name}, '')) <> lower($2)`;

export const INBOX_KINDS: readonly InboxKind[] = [
  kind(
    'release',
    'money:approve',
    'business-day',
    [
      'فایل‌های پرداخت ساخته شده‌اند و نفر دوم باید آن‌ها را آزاد کند',
      'payment files are written; a second person lets them go',
    ],
    `select c.business_day::text as id, c.maker as label, c.made_at as since,
            (select min(f.pay_on + case when f.cycle ~ '^\\d\\d:\\d\\d$' then f.cycle::time else time '13:30' end) at time zone 'Asia/Tehran'
               from payment_files f where f.business_day = c.business_day) as due
       from clearings c where c.state = 'written' and ${notMine('c.maker_id', 'c.maker')}`,
  ),
  kind(
    'waiver',
    'money:approve',
    'business-day',
    ['پیشنهاد ادامهٔ تسویه با یافته‌های دانسته', 'somebody proposes to go on with findings that are known'],
    `select business_day::text as id, proposed_by as label, proposed_at as since, null::timestamptz as due
       from clearing_waivers where verdict is null and ${notMine('proposed_by_id', 'proposed_by')}`,
  ),
  kind(
    'unblock',
    'money:approve',
    'shop',
    ['پیشنهاد پرداخت دوبارهٔ آن‌چه شبا برگردانده بود', 'somebody proposes to pay again what a Sheba sent back'],
    `select merchant_id as id, min(proposed_by) as label, min(proposed_at) as since, null::timestamptz as due
       from carry_unblocks where verdict is null and ${notMine('proposed_by_id', 'proposed_by')} group by merchant_id`,
  ),
  kind(
    'break-approval',
    'money:approve',
    'break',
    ['پایان پیشنهادشدهٔ مغایرت، تأیید نفر دوم می‌خواهد', 'the end of a break is proposed; a second person approves it'],
    `select b.break_id::text as id, b.class as label, b.raised_at as since, b.raised_at + make_interval(days =>
              (select alarm_days from break_rules where valid_from <= b.settlement_date order by valid_from desc limit 1)) as due
       from breaks b where b.state = 'proposed' and ${notMine('b.proposed_by_id', 'b.proposed_by')}`,
  ),
  kind(
    'rules-approval',
    'money:approve',
    'settlement-rules',
    ['تغییر پیشنهادشدهٔ قواعد تسویه', 'a change of the rules of settlement is proposed'],
    `select proposal_id::text as id, proposed_by as label, proposed_at as since, first_day::timestamp at time zone 'Asia/Tehran' as due
       from settlement_proposals where verdict is null and ${notMine('proposed_by_id', 'proposed_by')}`,
  ),
  kind(
    'credit-window',
    'money:approve',
    'credit-window',
    ['پایان دیگری برای اعتبار پیشنهاد شده است', 'another end of credit is proposed; a second person decides'],
    `select window_id::text as id, programme_id || ' ' || period as label, proposed_at as since, to_timestamp(effective_at / 1000.0) as due
       from credit_windows where verdict is null and ${notMine('proposed_by_id', 'proposed_by')}`,
  ),
  kind(
    'household-move',
    'money:approve',
    'household-move',
    [
      'ادغام، جدایی یا جابه‌جایی کارت خانوار پیشنهاد شده است',
      'households are to merge, split or let a card go; a second person decides',
    ],
    `select move_id::text as id, from_household || ' / ' || to_household as label, proposed_at as since, null::timestamptz as due
       from household_moves where verdict is null and ${notMine('proposed_by_id', 'proposed_by')}`,
  ),
  kind(
    'authority-approval',
    'money:approve',
    'credit-authority',
    ['پیوند پیشنهادشدهٔ یک مرجع بیرونی', 'an authority is proposed that decides credit; a second person approves it'],
    `select binding_id::text as id, authority || ' ' || programme_id as label, proposed_at as since, valid_from::timestamp at time zone 'Asia/Tehran' as due
       from authority_bindings where verdict is null and ${notMine('proposed_by_id', 'proposed_by')}`,
  ),
  kind(
    'stand-in-approval',
    'money:approve',
    'stand-in-rule',
    ['قاعدهٔ پیشنهادشدهٔ تأیید موقت', 'a rule of stand-in is proposed; a second person decides'],
    `select rule_id::text as id, programme_id || ' ' || stands_for as label, proposed_at as since, valid_from::timestamp at time zone 'Asia/Tehran' as due
       from stand_in_rules where verdict is null and ${notMine('proposed_by_id', 'proposed_by')}`,
  ),
  kind(
    'authority-unapproved',
    'money:make',
    'credit-authority',
    [
      'مرجعی در فایل تنظیم است که دو نفر آن را تأیید نکرده‌اند و از آن پرسیده نمی‌شود',
      'an authority stands in a settings file that two persons have not approved: it is not asked',
    ],
    `select authority as id, authority || ' ' || programme_id as label, first_at as since, null::timestamptz as due
       from authority_seen s where last_at > $3::timestamptz - interval '1 day' and $1::bigint is not null and length($2) > 0
        and not exists (select 1 from authority_bindings b where b.authority = s.authority and b.digest = s.digest
                           and (b.verdict is null or b.verdict = 'approved'))`,
  ),
  kind(
    'stand-in-refused',
    'money:make',
    'stand-in',
    ['مرجع آن‌چه به جایش تأیید شده بود نپذیرفت', 'an authority refused what was granted in its place'],
    `select order_id::text as id, merchant_id || ' ' || refused_rials as label, to_timestamp(presented_at / 1000.0) as since, null::timestamptz as due
       from stand_ins where refused_rials > 0 and presented_at > extract(epoch from $3::timestamptz - interval '7 days') * 1000
        and $1::bigint is not null and length($2) > 0`,
  ),
  kind(
    'delivery',
    'money:stop',
    'payment-file',
    [
      'یک نفر می‌گوید فایل به بانک نرسیده است؛ نفر دوم هم باید بگوید',
      'one person says that a file did not arrive; another must say it too',
    ],
    `select message_id as id, again_by as label, leaving_at as since, (pay_on::timestamp at time zone 'Asia/Tehran') as due
       from payment_files where again_by is not null and delivered_at is null and lower(again_by) <> lower($2)`,
  ),
  kind(
    'clearing-failing',
    'money:make',
    'business-day',
    ['گامی از تسویه خطا می‌دهد', 'a step of a clearing fails'],
    `select business_day::text as id, error as label, touched_at as since, touched_at as due
       from clearings where error is not null and state <> 'settled'`,
  ),
  kind(
    'break',
    'breaks:work',
    'break',
    ['مغایرت باز، از آنِ شما یا بی‌صاحب', 'a break that is open and yours, or nobody’s'],
    `select b.break_id::text as id, b.class as label, b.raised_at as since, b.raised_at + make_interval(days =>
              (select alarm_days from break_rules where valid_from <= b.settlement_date order by valid_from desc limit 1)) as due
       from breaks b where b.state = 'open' and (b.owner is null or b.owner = 'settlement desk' or lower(b.owner) = lower($2))`,
  ),
  kind(
    'leftover',
    'money:stop',
    'bank-answer',
    ['ثبت بانک که دستور پرداخت ما را نام نمی‌برد', 'a booking of the bank that names no order of ours'],
    `select leftover_id::text as id, reason as label, raised_at as since, null::timestamptz as due
       from bank_leftovers where closed_at is null`,
  ),
  kind(
    'complaint',
    'breaks:work',
    'complaint',
    ['شکایت در انتظار پشتیبانی', 'a complaint that waits for support'],
    `select complaint_id::text as id, number as label, waits_since as since, waits_until as due
       from complaints where waits_on = 'support'`,
  ),
  kind(
    'complaint-decision',
    'money:approve',
    'complaint',
    ['جبران پیشنهادشدهٔ شکایت', 'the remedy of a complaint is proposed'],
    `select complaint_id::text as id, number as label, waits_since as since, waits_until as due
       from complaints where waits_on = 'second_person' and proposed_by is distinct from $1::bigint and length($2) > 0`,
  ),
  kind(
    'case-review',
    'shops:review',
    'case',
    ['پروندهٔ فروشگاه در انتظار بررسی', 'a case of a shop that waits for a reviewer'],
    `select c.case_id::text as id, c.number as label, c.waits_since as since, c.waits_until as due
       from shop_cases c
      where c.waits_on = 'reviewer' and c.state <> 'REVIEW_2' and c.clerk is distinct from $1::bigint and length($2) > 0
        and not exists (select 1 from case_claims k where k.case_id = c.case_id and k.until > $3 and k.person_id <> $1::bigint)`,
  ),
  kind(
    'second-review',
    'shops:review',
    'case',
    ['بررسی دوم پرونده', 'the second review of a case'],
    `select c.case_id::text as id, c.number as label, c.waits_since as since, c.waits_until as due
       from shop_cases c
      where c.state = 'REVIEW_2' and c.clerk is distinct from $1::bigint and length($2) > 0
        and not exists (select 1 from shop_reviews r where r.case_id = c.case_id and r.round = c.round and r.person_id = $1::bigint)
        and not exists (select 1 from case_claims k where k.case_id = c.case_id and k.until > $3 and k.person_id <> $1::bigint)
     union all
     select c.case_id::text, c.number, f.at, f.at + make_interval(hours => (r.rules ->> 'reviewHours')::int)
       from review_samples s join shop_cases c using (case_id) join shop_rules r on r.version = c.rule_version
       join shop_reviews f on f.case_id = s.case_id and f.round = s.round and f.place = 1
      where ${OPEN_SAMPLE('$1::bigint')}`, // whoever looks once more is not told that it decides nothing
  ),
  kind(
    'notice',
    'shops:judge',
    'notice',
    ['اخطار در انتظار رأی', 'a notice that waits for a decision'],
    `select notice_id::text as id, number as label, coalesce(appealed_at, responded_at, notified_at) as since, waits_until as due
       from shop_notices
      where waits_on in ('decider', 'appeal_decider') and notified_by <> $1::bigint and decided_by is distinct from $1::bigint and length($2) > 0`,
  ),
  kind(
    'standing',
    'shops:judge',
    'shop',
    ['تصمیم دربارهٔ فروشگاه، تأیید نفر دوم می‌خواهد', 'a decision about a shop wants a second person'],
    `select merchant_id as id, state as label, at as since, until as due
       from shop_decisions
      where confirmed_by is null and state in ('DISQUALIFIED', 'CLOSED') and decided_by <> $1::bigint and (until is null or until > $3) and length($2) > 0`,
  ),
  kind(
    'dispute-release',
    'shops:judge',
    'shop',
    ['پیشنهاد آزادکردن مبلغ مورد اختلاف', 'the release of a disputed amount is proposed'],
    `select merchant_id as id, rrn as label, at as since, until as due
       from shop_disputes where release_by is not null and released_by is null and release_by <> $1::bigint and until > $3 and length($2) > 0`,
  ),
  kind(
    'signal',
    'shops:judge',
    'signal',
    ['نشانه‌ای در خریدهای فروشگاه', 'a signal about the sales of a shop'],
    `select signal_id::text as id, rule_id as label, raised_at as since, null::timestamptz as due
       from signals where state in ('open', 'looked_at')`,
  ),
  kind(
    'signal-rule',
    'shops:judge',
    'signal-rule',
    ['نسخهٔ تازهٔ قاعده، امضای نفر دوم می‌خواهد', 'a new version of a rule wants a second signature'],
    `select r.rule_id as id, r.version::text as label, r.proposed_at as since, r.valid_from::timestamp at time zone 'Asia/Tehran' as due
       from signal_rules r
      where r.proposed_by is not null and length($2) > 0 and exists (select 1 from signal_trials t where t.rule_id = r.rule_id and t.version = r.version)
        and (select count(*) from signal_signatures g where g.rule_id = r.rule_id and g.version = r.version) < 2
        and not exists (select 1 from signal_signatures g where g.rule_id = r.rule_id and g.version = r.version and g.person_id = $1::bigint)`,
  ),
  kind(
    'update-release',
    'updates:approve',
    'release',
    ['نسخهٔ به‌روزرسانی در انتظار تأیید', 'a release of an update waits for approval'],
    `select release_id::text as id, path as label, staged_at as since, effective_from as due
       from update_releases where approved_at is null and withdrawn_at is null and staged_by <> $1::bigint and length($2) > 0`,
  ),
  kind(
    'rollout',
    'updates:approve',
    'rollout',
    ['انتشار به‌روزرسانی در انتظار نفر دوم', 'a rollout waits for a second person'],
    `select rollout_id::text as id, release_id::text as label, proposed_at as since, null::timestamptz as due
       from update_rollouts where state = 'proposed' and proposed_by <> $1::bigint and length($2) > 0`,
  ),
  kind(
    'rollout-halted',
    'updates:make',
    'rollout',
    ['انتشار به‌روزرسانی متوقف شده است', 'a rollout was halted'],
    `select rollout_id::text as id, left(halt_reason, 200) as label, halted_at as since, halted_at as due
       from update_rollouts where state = 'halted'`,
  ),
  kind(
    'certification',
    'updates:approve',
    'certification',
    ['نتیجهٔ آزمون دستگاه، تأیید نفر دوم می‌خواهد', 'the verdict about a device wants a second person'],
    `select certification_id::text as id, model || ' ' || software as label, proposed_at as since, null::timestamptz as due
       from certifications where confirmed_at is null and revoked_at is null and lower(proposed_by) <> lower($2)`,
  ),
  kind(
    'certification-key',
    'updates:approve',
    'certification-key',
    [
      'کلید آزمونگاهی پیشنهاد شده است؛ نفر دوم باید آن را بپذیرد',
      'the key of a laboratory is proposed; a second person believes it or not',
    ],
    `select left(key_id, 16) as id, name as label, proposed_at as since, null::timestamptz as due
       from certification_keys where confirmed_at is null and ended_at is null and lower(proposed_by) <> lower($2)`,
  ),
  kind(
    'minimum-version',
    'updates:approve',
    'minimum',
    ['حداقل نسخهٔ پیشنهادشده، تأیید نفر دوم می‌خواهد', 'a minimum version is proposed; a second person approves it'],
    `select minimum_id::text as id, release_id::text as label, proposed_at as since, refuse_from as due
       from update_minimums where approved_at is null and ended_at is null and proposed_by <> $1::bigint and length($2) > 0`,
  ),
  kind(
    'registry-silent',
    'jobs:work',
    'registry',
    ['استعلامی پاسخ نمی‌دهد و پرونده‌ها منتظر آن مانده‌اند', 'a registry does not answer; cases of shops wait for it'],
    `select code as id, (select count(*) from shop_items i where i.code = r.code and i.state in ('submitted', 'verifying', 'unknown'))::text as label,
            silent_since as since, silent_since + interval '15 minutes' as due
       from registries r where asked and silent_since is not null and silent_since < $3::timestamptz`,
  ),
  kind(
    'terminal-blocked',
    'terminals:change',
    'terminal',
    ['پایانه را نگهبان مسدود کرده است', 'the guard blocked a terminal'],
    `select terminal_id as id, rule as label, blocked_at as since, null::timestamptz as due
       from terminal_blocks where lifted_at is null`,
  ),
  kind(
    'advice-refused',
    'bank:change',
    'doubt',
    ['برگشت یا ابلاغی که بانک نپذیرفت', 'the bank refused a reversal or advice for good'],
    `select advice_id::text as id, rrn as label, to_timestamp(since / 1000.0) as since, to_timestamp(since / 1000.0) as due
       from bank_doubts where kind = 'refused' and (owner = 'gateway' or lower(owner) = lower($2))`,
  ),
];
