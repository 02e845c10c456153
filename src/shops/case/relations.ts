import type { Pool, PoolClient } from 'pg';
import type { Text } from '../../field/language.ts';
import { GatewayError } from '../../ops/errors.ts';
import { ITEM_CODES, type ItemCode } from '../requirements/item.ts';
import type { KeptCase, KeptItem } from './store.ts';

/** Duplicates and relations (people.md 4, decision 50): who else has said the same, and whether that party is one that the scheme has put out. */

/** What two shops have in common: something typed, who sent the case, or a paper. */
export const LINKS = [...ITEM_CODES, 'uploader', 'paper'] as const;
export type Link = (typeof LINKS)[number];

/** Why the other party matters. `disqualified`: that shop is; `linked`: its own case was stopped by such a link, and no person has accepted
 *  it; `refused`: its case was refused for something else, which forbids nobody to apply again. The worst first. */
export const PARTIES = ['disqualified', 'linked', 'refused'] as const;
export type Party = (typeof PARTIES)[number];

export interface Match {
  readonly item: Link;
  readonly case?: string;
  readonly merchant?: string;
  readonly status?: string;
  readonly party?: Party;
}

/** What of a case is compared. */
type Compared = Pick<KeptCase, 'id' | 'shopId' | 'applicantMobile'> & { readonly items: readonly KeptItem[] };

/** Whether a person has to look because of who the others are, not only because there are others. */
export function meetsDisqualified(matches: readonly Match[]): boolean {
  return matches.some(({ party }) => party === 'disqualified' || party === 'linked');
}

/** Whether other values of an item have other relations. */
export function isCompared(code: ItemCode): boolean {
  return TYPED[code] !== undefined;
}

/** Until the transaction ends nobody else compares the same values: of two that are sent at the same time, the second finds the first. */
export async function oneAtATime(db: PoolClient, { applicantMobile, items }: Compared): Promise<void> {
  const typed = items.flatMap(({ code, value }) => {
    const said = value?.[TYPED[code] ?? ''];
    return typeof said === 'string' ? [`${code} ${said}`] : [];
  });
  const all = applicantMobile === undefined ? typed : [...typed, `mobile ${applicantMobile}`];
  for (const each of [...new Set(all)].sort())
    await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`relation ${each}`]);
}

/** Who else has said the same: other shops' cases, and merchants that were loaded from files; at most five of a kind, disqualified
 *  parties before all others. Drafts are nobody's word yet; what was withdrawn counts where a disqualified party stopped it. */
export async function matchesOf(db: Pool | PoolClient, kept: Compared): Promise<Match[]> {
  const found: Match[] = [];
  for (const [code, field] of Object.entries(TYPED) as [ItemCode, string][]) {
    const value = kept.items.find((item) => item.code === code)?.value?.[field];
    if (typeof value !== 'string') continue;
    found.push(...(await saidElsewhere(db, kept, { link: code, code, field, value })));
    const column = MERCHANTS[code];
    if (column !== undefined) found.push(...(await listedElsewhere(db, kept, { link: code, column, value })));
  }
  return [...found, ...(await sentElsewhere(db, kept, found)), ...(await sameDocuments(db, kept))];
}

/** What two shops do not share by chance. */
const TYPED: Readonly<Partial<Record<ItemCode, string>>> = {
  owner_identity: 'nationalId',
  sheba: 'sheba',
  mobile: 'number',
  address: 'postalCode',
  guild_licence: 'number',
  terminal: 'serial',
};
const MERCHANTS: Readonly<Partial<Record<ItemCode, string>>> = {
  owner_identity: 'owner_national_id',
  sheba: 'sheba',
  mobile: 'mobile',
  address: 'postal_code',
  guild_licence: 'guild_licence',
};

/** Cases `c` of other shops than $1 that count, each with its party. */
const CASES = `
  shop_cases c
  join shops s using (shop_id)
 cross join lateral (
   select case when is_disqualified(s.merchant_id) then 'disqualified'
               when exists (select from shop_items r where r.case_id = c.case_id and r.code = 'relations' and r.state = 'failed'
                               and r.reason = 'disqualified_party') then 'linked'
               when c.state = 'REFUSED' then 'refused' end as party) p`;
const COUNTS = `c.shop_id <> $1 and c.state <> 'DRAFT' and (c.state <> 'WITHDRAWN' or p.party in ('disqualified', 'linked'))`;
const WORST = `array_position(array['disqualified', 'linked', 'refused'], p.party)`;

interface Row {
  readonly number: string;
  readonly party: Party | null;
}

function matchOf(link: Link, { number, party }: Row): Match {
  return { item: link, case: number, ...(party === null ? {} : { party }) };
}

async function saidElsewhere(
  db: Pool | PoolClient,
  { shopId }: Compared,
  { link, code, field, value }: { link: Link; code: ItemCode; field: string; value: string },
): Promise<Match[]> {
  const { rows } = await db.query<Row>(
    `select c.number, p.party from ${CASES}
      where ${COUNTS} and c.case_id in (
        select i.case_id from shop_items i where i.code = $2 and i.value @> $3
        union select case_id from cases_of_device($4))
      order by ${WORST}, c.number limit 5`,
    [shopId, code, JSON.stringify({ [field]: value }), code === 'terminal' ? value : null],
  );
  return rows.map((row) => matchOf(link, row));
}

async function listedElsewhere(
  db: Pool | PoolClient,
  { shopId }: Compared,
  { link, column, value }: { link: Link; column: string; value: string },
): Promise<Match[]> {
  const { rows } = await db.query<{ merchant: string; status: string; out: boolean }>(
    `select m.merchant_id as merchant, m.status, is_disqualified(m.merchant_id) as out from merchants m
      where m.${column} = $2 and m.merchant_id is distinct from (select merchant_id from shops where shop_id = $1)
      order by 3 desc, 1 limit 5`,
    [shopId, value],
  );
  return rows.map(({ merchant, status, out }) => ({
    item: link,
    merchant,
    status,
    ...(out ? { party: 'disqualified' as const } : {}),
  }));
}

/** Who sends the papers of a case is its applicant. They may be the owner of another shop, or have sent another shop's case; and so may
 *  the owner of a case that a clerk typed. */
async function sentElsewhere(db: Pool | PoolClient, kept: Compared, found: readonly Match[]): Promise<Match[]> {
  const sender = kept.applicantMobile;
  const owner = kept.items.find(({ code }) => code === 'mobile')?.value?.['number'];
  const mobiles = [sender, owner].filter((mobile) => typeof mobile === 'string');
  if (mobiles.length === 0) return [];
  const known = found.filter(({ item }) => item === 'mobile').flatMap((match) => match.case ?? []);
  const { rows } = await db.query<Row>(
    `select c.number, p.party from ${CASES} where ${COUNTS} and c.applicant_mobile = any ($2) and c.number <> all ($3)
      order by ${WORST}, c.number limit 5`,
    [kept.shopId, mobiles, known],
  );
  const sent = rows.map((row) => matchOf('uploader', row));
  if (sender === undefined || sender === owner) return sent;
  const said = await saidElsewhere(db, kept, { link: 'uploader', code: 'mobile', field: 'number', value: sender });
  const seen = new Set(sent.map((match) => match.case));
  const listed = await listedElsewhere(db, kept, { link: 'uploader', column: 'mobile', value: sender });
  return [...sent, ...said.filter((match) => !seen.has(match.case)), ...listed];
}

/** The same file, or the same picture, came for another shop: also where it was removed since. */
async function sameDocuments(db: Pool | PoolClient, { id, shopId }: Compared): Promise<Match[]> {
  const { rows } = await db.query<Row>(
    `select c.number, p.party from ${CASES}
      where ${COUNTS} and c.case_id in (
        select o.case_id from shop_papers mine join shop_papers o on o.source_sha256 = mine.source_sha256
         where mine.case_id = $2 and mine.removed_at is null
        union
        select o.case_id from shop_papers mine join shop_papers o on o.sha256 = mine.sha256
         where mine.case_id = $2 and mine.removed_at is null)
      order by ${WORST}, c.number limit 5`,
    [shopId, id],
  );
  return rows.map((row) => matchOf('paper', row));
}

/** What of the matches is new: nobody has seen it, whatever they accepted before. */
export function newMatches(now: readonly Match[], before: unknown): Match[] {
  const known = new Set(Array.isArray(before) ? before.map((match: Match) => keyOf(match)) : []);
  return now.filter((match) => !known.has(keyOf(match)));
}

function keyOf({ item, case: number, merchant, party }: Match): string {
  return [item, number, merchant, party].join(' ');
}

/** A match as the reviewer sees it. */
export interface Relation {
  readonly item: Link;
  readonly why: Text;
  /** The other case (its number), or the other shop (15 digits). */
  readonly case: string | null;
  readonly merchant: string | null;
  readonly name: string;
  /** Of the other case, or what the list says of the other shop. */
  readonly state: string;
  /** Of the other shop, by decisions. */
  readonly standing: string | null;
  readonly party: Party | null;
  /** What that party means, and for a disqualified shop what was decided. */
  readonly because: Text | null;
  readonly decision: string | null;
}

const WHY: Readonly<Partial<Record<Link, Text>>> = {
  owner_identity: { fa: 'کد ملی صاحب یکی است', en: 'the same national id of the owner' },
  sheba: { fa: 'شبا یکی است', en: 'the same Sheba' },
  mobile: { fa: 'شمارهٔ همراه یکی است', en: 'the same mobile' },
  address: { fa: 'کد پستی یکی است', en: 'the same postal code' },
  guild_licence: { fa: 'شمارهٔ پروانه یکی است', en: 'the same number of the licence' },
  terminal: { fa: 'سریال دستگاه یکی است', en: 'the same serial of the device' },
  uploader: { fa: 'فرستندهٔ پرونده یکی است یا مالک دیگری است', en: 'the same sender, or the owner of the other' },
  paper: { fa: 'همین مدرک در پروندهٔ دیگری هم آمده است', en: 'the same paper came in the other case too' },
};
const BECAUSE: Readonly<Record<Party, Text>> = {
  disqualified: { fa: 'آن فروشگاه از طرح کنار گذاشته شده است', en: 'that shop is disqualified' },
  linked: {
    fa: 'آن پرونده خود به طرفی کنارگذاشته پیوند دارد و کسی آن را نپذیرفته است',
    en: 'that case itself is linked to a disqualified party, and nobody has accepted it',
  },
  refused: { fa: 'آن پرونده رد شده است', en: 'that case was refused' },
};

/** Who else has said the same, as it is now, and how they stand.
 *  @throws GatewayError `shops.unknown` */
export async function relationsOf(db: PoolClient, kept: KeptCase): Promise<Relation[]> {
  const found: Relation[] = [];
  for (const match of await matchesOf(db, kept)) {
    const why = WHY[match.item];
    if (why === undefined) continue;
    const { party = null } = match;
    const { decision, ...other } = await otherOf(db, match);
    found.push({
      item: match.item,
      why,
      case: match.case ?? null,
      merchant: match.merchant ?? null,
      ...other,
      party,
      because: party === null ? null : BECAUSE[party],
      decision: party === 'disqualified' ? decision : null,
    });
  }
  return found;
}

type Other = Pick<Relation, 'name' | 'state' | 'standing' | 'decision'>;

/** The last disqualification of the shop `merchant_id`. */
const DECISION = `(select d.reason from shop_decisions d where d.merchant_id = o.merchant_id and d.state = 'DISQUALIFIED'
  and d.confirmed_at is not null and d.void_at is null order by d.confirmed_at desc, d.decision_id desc limit 1)`;

async function otherOf(db: PoolClient, match: Match): Promise<Other> {
  const { rows } = await db.query<Other>(
    `select o.name, o.state, (select d.state from shop_standing d where d.merchant_id = o.merchant_id) as standing, ${DECISION} as decision
       from (${
         match.merchant === undefined
           ? 'select c.name, c.state, s.merchant_id from shop_cases c join shops s using (shop_id) where c.number = $1'
           : 'select name, listed_status as state, merchant_id from merchants where merchant_id = $1'
       }) o`,
    [match.merchant ?? match.case],
  );
  if (rows[0] === undefined) throw new GatewayError('shops.unknown', 'The other case or shop is gone.');
  return rows[0];
}
