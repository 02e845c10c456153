import type { PoolClient } from 'pg';
import { toJalali } from '../../field/jalali.ts';
import { queueMessage, type TemplateName } from '../../messages/index.ts';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { positionOf, type CaseFacts, type CaseState } from './case.ts';
import { isWithApplicant, type ItemCode } from '../requirements/item.ts';
import type { KeptCase, KeptItem } from './store.ts';

/** What items are called in a message. */
const NAMES: Readonly<Record<ItemCode, string>> = {
  guild_licence: 'پروانهٔ کسب',
  owner_identity: 'هویت مالک',
  tax_code: 'کد مالیاتی',
  sheba: 'شبا',
  mobile: 'تأیید شماره همراه',
  address: 'نشانی',
  terminal: 'پایانه',
  terms: 'پذیرش شرایط',
  relations: 'ارتباط با فروشگاه‌های دیگر',
};

/** An ISO day as people say it. */
export function jalaliDay(ms: number): string {
  return toJalali(tehran(ms).isoDate).replaceAll('-', '/');
}

/** What waits on the applicant, in words. */
export function namesOf(codes: Iterable<ItemCode>): string {
  return Array.from(codes, (code) => NAMES[code]).join('، ');
}

/** Tells the applicant what they must know of a change, in its transaction. What is approved tells itself by what follows. */
export async function tellApplicant(
  db: PoolClient,
  kept: KeptCase,
  after: { readonly facts: CaseFacts; readonly items: readonly KeptItem[] },
  now: number,
): Promise<void> {
  const before = positionOf(kept.facts, now).state;
  const { state } = positionOf(after.facts, now);
  const mobile = kept.applicantMobile ?? after.items.find(({ code }) => code === 'mobile')?.value?.['number'];
  if (state === before || typeof mobile !== 'string') return;
  const tell = (template: TemplateName, values: Record<string, string>): Promise<void> =>
    queueMessage(db, { to: mobile, template, language: 'fa', values, about: `case:${kept.id}` }, now);
  const { number } = kept;
  if (before === 'DRAFT' && IN_CHECKING.includes(state)) await tell('case.sent', { number });
  else if (state === 'RETURNED')
    await tell('case.returned', {
      number,
      items: namesOf(after.facts.items.filter(isWithApplicant).map(({ code }) => code)),
      day: jalaliDay(after.facts.due),
    });
  else if (state === 'REFUSED')
    await tell('case.refused', { number, day: jalaliDay(now + kept.rules.answerDays * DAY_MS) });
}

const IN_CHECKING: readonly CaseState[] = ['SUBMITTED', 'CHECKING', 'REVIEW_1'];
