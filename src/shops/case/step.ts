import type { PoolClient } from 'pg';
import { tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import type { ItemCode, ItemEvent, ReasonCode } from '../requirements/item.ts';
import { missingPapers } from '../requirements/papers.ts';
import { askedRegistries, type Word } from '../requirements/registry-words.ts';
import { readValue, type ValueFault } from '../requirements/values.ts';
import { act, toCheck, type Act, type Refusal } from './act.ts';
import { positionOf, type CaseFacts } from './case.ts';
import { settleChange } from './changes.ts';
import { isConfirmed, needsOwner, standOf } from './confirmation.ts';
import { tellApplicant } from './messages.ts';
import { isCompared, matchesOf, meetsDisqualified, newMatches, oneAtATime } from './relations.ts';
import { writeCase, writeItem, type KeptCase, type KeptItem } from './store.ts';

/** What a person does to a case, with the version that they saw. */
export type CaseRequest =
  | { readonly kind: 'fill'; readonly code: ItemCode; readonly value: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'judge';
      readonly code: ItemCode;
      readonly event: 'accept' | 'reject' | 'waive' | 'ask';
      readonly reason?: ReasonCode;
      readonly note?: string;
      /** ISO day (Tehran) until which it holds. */
      readonly validUntil?: string;
    }
  | { readonly kind: 'submit' | 'withdraw' | 'reopen' }
  | { readonly kind: 'sign'; readonly verdict: 'approve' | 'refuse'; readonly note?: string };

/** One step of a case, with all that follows from it, in one transaction. */
export class CaseStep {
  readonly #db: PoolClient;
  readonly #kept: KeptCase;
  readonly #by: By;
  readonly #now: number;
  #facts: CaseFacts;
  #items: ReadonlyMap<ItemCode, KeptItem>;
  #round: number;
  #retyped = false;

  constructor(db: PoolClient, kept: KeptCase, by: By, now: number) {
    this.#db = db;
    this.#kept = kept;
    this.#by = by;
    this.#now = now;
    this.#facts = kept.facts;
    this.#items = new Map(kept.items.map((item) => [item.code, item]));
    this.#round = kept.round;
  }

  /** @returns false: it was an approval, and a party that was disqualified meanwhile stopped it: nothing is signed */
  async run(what: CaseRequest): Promise<boolean> {
    if (what.kind === 'sign' && what.verdict === 'approve' && (await this.#relateAgain(true))) {
      await this.#end();
      return false;
    }
    if (what.kind === 'fill') await this.#fill(what.code, what.value);
    else if (what.kind === 'judge') await this.#judge(what);
    else if (what.kind === 'sign') await this.#sign(what);
    else {
      if (what.kind === 'submit') this.#demandPapers();
      this.#act({ kind: what.kind });
    }
    await this.#end();
    return true;
  }

  /** A registry is asked from now on. Whoever has not heard from it by then asks again. */
  async ask(code: ItemCode, until: number): Promise<void> {
    await this.#item(code, 'check', { nextCheck: until });
    await this.#end();
  }

  /** A registry said something about an item that it was asked about. */
  async said(code: ItemCode, word: Word): Promise<void> {
    if (word.verdict === 'yes') {
      const ends = endOf(this.#items.get(code));
      const validUntil = word.validUntil ?? (ends === undefined ? undefined : endOfDay(ends));
      await this.#item(code, 'hold', validUntil === undefined ? {} : { validUntil });
    } else if (word.verdict === 'no') await this.#item(code, 'fail', { reason: word.reason });
    else if (word.nextCheck !== undefined) await this.#item(code, 'silent', { nextCheck: word.nextCheck });
    else await this.#item(code, 'silent', { reason: 'not_answered' });
    await this.#end();
  }

  /** The owner stands for what was typed: what failed for want of that is looked at again. */
  async confirmed(): Promise<void> {
    for (const { code, state, reason } of this.#items.values()) {
      if (state !== 'failed' || reason !== 'not_confirmed') continue;
      await this.#item(code, 'check');
      if (code === 'terms') await this.#item(code, 'hold');
      else await this.#item(code, 'silent', { nextCheck: this.#now });
    }
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#check();
    await writeCase(this.#db, this.#kept, this.#facts, this.#round, this.#now);
    await tellApplicant(this.#db, this.#kept, { facts: this.#facts, items: [...this.#items.values()] }, this.#now);
    if (positionOf(this.#facts, this.#now).state === 'APPROVED') await this.#settle();
  }

  /** A paper came or went: what was typed counts once every paper that it needs is there. */
  async papersChanged(code: ItemCode): Promise<void> {
    const item = this.#items.get(code);
    if (item?.value === undefined) return;
    const complete = missingPapers(this.#kept, code).length === 0;
    if (complete && item.state === 'due' && item.reason === 'paper_missing') await this.#item(code, 'submit');
    else if (!complete && item.state === 'submitted') await this.#item(code, 'lack', { reason: 'paper_missing' });
    else return;
    await this.#end();
  }

  #act(what: Act): void {
    const after = act(this.#facts, what, this.#now);
    if (!after.ok) throw new GatewayError('shops.refused', REFUSALS[after.refusal]);
    // what was signed of other items counts no more
    if (this.#facts.reviews.length > 0 && after.facts.reviews.length === 0) this.#round++;
    this.#facts = after.facts;
  }

  async #item(
    code: ItemCode,
    event: ItemEvent,
    more: Partial<KeptItem> = {},
    person: string | null = null,
  ): Promise<void> {
    const before = this.#items.get(code);
    if (before === undefined) throw new GatewayError('shops.refused', REFUSALS.not_asked);
    const { reason, validUntil, nextCheck } = more;
    const said = {
      ...(reason === undefined ? {} : { reason }),
      ...(validUntil === undefined ? {} : { validUntil }),
      ...(nextCheck === undefined ? {} : { nextCheck }),
    };
    this.#act({ kind: 'item', code, event, version: before.version, said });
    const after = this.#facts.items.find((item) => item.code === code);
    if (after === undefined) return;
    const value = more.value ?? before.value;
    const source = more.source ?? before.source;
    const typed = event === 'submit' || event === 'lack';
    const item: KeptItem = {
      ...after,
      ...(value === undefined ? {} : { value }),
      ...(source === undefined ? {} : { source }),
      ...(more.note === undefined ? {} : { note: more.note }),
      ...(person === null || typed ? {} : { checkedBy: person }),
    };
    this.#items = new Map(this.#items).set(code, item);
    const owner = typed && person === null ? this.#kept.applicantMobile : undefined;
    await writeItem(this.#db, this.#kept.id, { item, event, person, owner });
  }

  async #fill(code: ItemCode, given: Readonly<Record<string, unknown>>): Promise<void> {
    const today = tehran(this.#now).isoDate;
    const read = readValue(code, given, { today, terms: this.#kept.rules.terms });
    if (!read.ok) throw valueFaults(code, read.faults);
    if (this.#kept.kind === 'reverify') await demandSamePerson(this.#db, this.#kept, code, read.value);
    const { value } = read;
    this.#retyped = isCompared(code);
    const typed = { value, source: this.#by.actor.id === null ? ('owner' as const) : ('clerk' as const) };
    if (missingPapers(this.#kept, code).length === 0) await this.#item(code, 'submit', typed, this.#by.actor.id);
    else await this.#item(code, 'lack', { ...typed, reason: 'paper_missing' }, this.#by.actor.id);
  }

  #demandPapers(): void {
    const missing = missingPapers(this.#kept).filter(({ item }) => this.#items.get(item)?.state === 'due');
    if (missing.length === 0) return;
    const names = missing.map(({ en, kind }) => `${en} (${kind})`).join(', ');
    throw new GatewayError('shops.refused', `A paper is missing: ${names}. Upload it first.`);
  }

  async #judge({ code, event, reason, note, validUntil }: CaseRequest & { kind: 'judge' }): Promise<void> {
    if (event !== 'accept' && reason === undefined)
      throw new GatewayError('shops.refused', 'Give the reason: the shop sees it.');
    if (this.#by.actor.id === this.#facts.clerk) throw new GatewayError('shops.refused', REFUSALS.typed_it);
    if (event === 'accept' && needsOwner(code) && !(await this.#ownerStands()))
      throw new GatewayError(
        'shops.refused',
        'The owner has not confirmed this by the code yet: nobody else can accept it.',
      );
    if (event === 'waive' && code === 'terms')
      throw new GatewayError('shops.refused', 'Nobody consents for the owner: the terms cannot be waived.');
    const ends = validUntil ?? (event === 'accept' ? endOf(this.#items.get(code)) : undefined);
    await this.#item(
      code,
      event,
      {
        ...(reason === undefined || event === 'accept' ? {} : { reason }),
        ...(note === undefined ? {} : { note }),
        ...(ends === undefined ? {} : { validUntil: endOfDay(ends) }),
      },
      this.#by.actor.id,
    );
  }

  async #sign({ verdict, note }: CaseRequest & { kind: 'sign' }): Promise<void> {
    const person = this.#by.actor.id;
    if (person === null) throw new GatewayError('shops.refused', 'Only a person can sign.');
    const [place, round] = [this.#facts.reviews.length + 1, this.#round];
    this.#act({ kind: 'sign', person, verdict });
    await this.#db.query(
      'insert into shop_reviews (case_id, round, place, person_id, verdict, note, at) values ($1, $2, $3, $4, $5, $6, $7)',
      [this.#kept.id, round, place, person, verdict, note ?? null, new Date(this.#now)],
    );
  }

  /** Asks what can be asked at once. What a registry is asked waits for the duty that asks it; the rest is a person's to decide. */
  async #check(): Promise<void> {
    if (this.#facts.submittedAt === undefined || this.#facts.withdrawnAt !== undefined) return;
    if (this.#retyped) await this.#relateAgain();
    const due = toCheck(this.#facts.items, this.#now);
    if (due.length === 0) return;
    const asked = await askedRegistries(this.#db);
    const stands = await this.#ownerStands();
    for (const { code } of due) {
      const unconfirmed = needsOwner(code) && !stands;
      if (asked.has(code) && !unconfirmed) continue;
      await this.#item(code, 'check');
      if (unconfirmed) await this.#item(code, 'fail', { reason: 'not_confirmed' });
      else if (code === 'terms' || (code === 'mobile' && this.#isProved())) await this.#item(code, 'hold');
      else if (code === 'relations') await this.#relate();
      else await this.#item(code, 'silent');
    }
  }

  /** Who typed it proved a mobile, or the owner told a clerk the code. */
  async #ownerStands(): Promise<boolean> {
    if (this.#facts.clerk === undefined) return true;
    return isConfirmed(this.#db, this.#kept.id, standOf(this.#items.values()));
  }

  /** The mobile is the one that whoever applies proved by a code; of a clerk's case, its owner confirmed it (`#ownerStands`). */
  #isProved(): boolean {
    const { applicantMobile } = this.#kept;
    if (this.#facts.clerk !== undefined) return true;
    return applicantMobile !== undefined && this.#items.get('mobile')?.value?.['number'] === applicantMobile;
  }

  async #relate(): Promise<void> {
    const compared = { ...this.#kept, items: [...this.#items.values()] };
    await oneAtATime(this.#db, compared);
    const matches = await matchesOf(this.#db, compared);
    const reason = meetsDisqualified(matches) ? 'disqualified_party' : 'duplicate';
    if (matches.length === 0) await this.#item('relations', 'hold', { value: { matches } });
    else await this.#item('relations', 'fail', { value: { matches }, reason });
  }

  /** Other values have other relations, and parties are disqualified meanwhile: a person accepted what they saw, and nothing else.
   *  @param disqualified whether only those matter
   *  @returns whether it was related anew */
  async #relateAgain(disqualified = false): Promise<boolean> {
    const item = this.#items.get('relations');
    if (item === undefined || !['met', 'waived', 'failed'].includes(item.state)) return false;
    const compared = { ...this.#kept, items: [...this.#items.values()] };
    await oneAtATime(this.#db, compared);
    const matches = await matchesOf(this.#db, compared);
    const fresh = newMatches(matches, item.value?.['matches']);
    const judged = item.state !== 'failed' || item.checkedBy !== undefined;
    if (disqualified ? !meetsDisqualified(fresh) : judged && fresh.length === 0) return false;
    await this.#item('relations', 'check');
    await this.#relate();
    return true;
  }

  async #settle(): Promise<void> {
    if (this.#kept.kind === 'application') return this.#enrol();
    const kept = { ...this.#kept, items: [...this.#items.values()] };
    const after = await settleChange(this.#db, kept, this.#now);
    await audit(this.#db, this.#by, { act: 'shop.changed', object: `merchant:${kept.merchantId ?? ''}`, after });
  }

  async #enrol(): Promise<void> {
    const { rows } = await this.#db.query<{ merchant: string }>('select enrol_shop($1) as merchant', [this.#kept.id]);
    await audit(this.#db, this.#by, {
      act: 'shop.enrolled',
      object: `merchant:${rows[0]?.merchant ?? ''}`,
      after: { case: this.#kept.id },
    });
  }
}

/** What is shown again is the same person's: another owner, or their mobile, is a change of its kind. */
async function demandSamePerson(
  db: PoolClient,
  { merchantId }: KeptCase,
  code: ItemCode,
  value: Readonly<Record<string, string>>,
): Promise<void> {
  const [column, field] = SAME_PERSON[code] ?? [];
  if (column === undefined || field === undefined) return;
  const { rows } = await db.query<{ now: string | null }>(
    `select ${column} as now from merchants where merchant_id = $1`,
    [merchantId],
  );
  const is = rows[0]?.now ?? undefined;
  if (is === undefined || is === value[field]) return;
  throw valueFaults(code, [
    { field, fa: 'با آنچه ثبت شده یکی نیست؛ درخواست «تغییر مالک» بدهید', en: 'differs: ask for a change of owner' },
  ]);
}

const SAME_PERSON: Readonly<Partial<Record<ItemCode, readonly [column: string, field: string]>>> = {
  owner_identity: ['owner_national_id', 'nationalId'],
  mobile: ['mobile', 'number'],
};

/** Midnight in Tehran, at the day's end. */
function endOfDay(isoDay: string): number {
  return Date.parse(`${isoDay}T20:30:00Z`);
}

/** What was typed says until when it holds. */
function endOf(item: KeptItem | undefined): string | undefined {
  const ends = item?.value?.['ends'];
  return typeof ends === 'string' ? ends : undefined;
}

/** What is wrong with what was typed, field by field. */
export type ValueFaults = GatewayError & { readonly faults: readonly ValueFault[] };

function valueFaults(item: ItemCode, faults: readonly ValueFault[]): ValueFaults {
  const said = faults.map(({ field, en }) => `${field} ${en}`).join('; ');
  return Object.assign(new GatewayError('shops.value', `${item}: ${said}`), { faults });
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  not_in_review: 'The case is not in review: it waits on another party.',
  typed_it: 'The person who typed a case cannot review it.',
  signed_before: 'You signed this case: another person must sign next.',
  items_open: 'An item is open: accept, waive or return it first.',
  ended: 'The case has ended.',
  lapsed: 'The case has lapsed: reopen it first.',
  not_asked: 'Nothing is asked of the applicant there.',
  items_due: 'An item is missing: fill it in first.',
  older_version: 'The item was changed meanwhile.',
  impossible: 'That cannot be done to the item as it stands.',
  not_lapsed: 'The case has not lapsed.',
};
