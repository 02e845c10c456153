import { createHash } from 'node:crypto';
import { checkSheba } from '../field/sheba.ts';
import { digitsOf, latinDigits } from '../field/persian.ts';
import { addDays } from '../field/jalali.ts';
import { householdsOf, newestDay } from './find.ts';
import { opaqueId, type Db, type TransactionRef } from './kinds.ts';
import { listTransactions, maskedOf, readTransaction, type TransactionRow } from './list.ts';
import { maskedSheba } from './step.ts';

/** One box for whatever somebody reads out: a number is read as all that it may be. */

export const HIT_KINDS = [
  'transaction',
  'terminal',
  'shop',
  'household',
  'payment-file',
  'payment-order',
  'complaint',
  'case',
] as const;
export type HitKind = (typeof HIT_KINDS)[number];

export interface Hit {
  readonly kind: HitKind;
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  /** ms since the epoch */
  readonly at?: number;
  /** Of the API. */
  readonly path: string;
}

export interface Found {
  /** As what it was read. */
  readonly read: readonly string[];
  readonly hits: readonly Hit[];
  readonly more: boolean;
}

const MOST = 20;
/** A STAN comes again: it is looked for in the days of which somebody still speaks. */
const STAN_DAYS = 2;
/** A receipt may be looked up for 90 days (people.md 6). */
const TOKEN_DAYS = 90;

interface Reader {
  readonly name: string;
  readonly fits: RegExp;
  find(db: Db, text: string): Promise<readonly Hit[]>;
}

const READERS: readonly Reader[] = [
  { name: 'rrn', fits: /^[0-9A-Za-z]{12}$/, find: ofRrn },
  { name: 'stan', fits: /^\d{6}$/, find: ofStan },
  { name: 'terminal', fits: /^[0-9A-Za-z]{8}$/, find: ofTerminal },
  { name: 'shop', fits: /^\d{15}$/, find: ofShop },
  { name: 'card', fits: /^\d{6}\*{1,9}\d{4}$/, find: ofCard },
  { name: 'order', fits: /^\d{14}$/, find: ofOrder },
  { name: 'payment file', fits: /^IR\d{24}\d{9}(?:\/\d{1,9})?$/, find: ofFile },
  { name: 'sheba', fits: /^IR\d{24}$/, find: ofSheba },
  { name: 'receipt', fits: /^[0-9A-Za-z_-]{22}$/, find: ofToken },
  { name: 'complaint', fits: /^\d{9}$/, find: ofComplaint },
  { name: 'case', fits: /^\d{9}$/, find: ofCase },
];

/** Whether a text is a whole PAN, however it is written: it is searched for by its hash alone. */
export function panIn(text: string): string | undefined {
  const digits = digitsOf(text);
  return /^\d{16,19}$/.test(digits) ? digits : undefined;
}

/** @param text as a person typed it; never a whole PAN
 *  @param panHash of a PAN that was typed instead */
export async function search(db: Db, text: string, panHash?: Buffer): Promise<Found> {
  if (panHash !== undefined) return asFound(['card'], await ofPan(db, panHash));
  const typed = asTyped(text);
  const readers = READERS.filter(({ fits }) => fits.test(typed));
  const hits: Hit[] = [];
  for (const reader of readers) hits.push(...(await reader.find(db, typed)));
  if (hits.length === 0 && typed.length >= 3 && !/^\d+$/.test(typed)) hits.push(...(await ofName(db, text.trim())));
  return asFound(
    readers.map(({ name }) => name),
    hits,
  );
}

function asFound(read: readonly string[], hits: readonly Hit[]): Found {
  return { read, hits: hits.slice(0, MOST), more: hits.length > MOST };
}

/** The whole address of a receipt, as customers copy it. */
const RECEIPT = /^https?:\/\/[^/]+\/r\/([0-9A-Za-z_-]{22})(?:[/?#].*)?$/;

/** With Persian digits, spaces, and a Sheba in small letters. */
function asTyped(text: string): string {
  const sheba = checkSheba(text);
  if (sheba.ok) return sheba.sheba;
  const typed = latinDigits(text).replace(/[\s\u200c\u200e\u200f]/g, '');
  return RECEIPT.exec(typed)?.[1] ?? typed;
}

function ofRow(row: TransactionRow): Hit {
  const { rrn, kind, state, terminal, shop, total, card, code, at } = row;
  const id = opaqueId(row);
  const detail = `${kind} ${state}${code === null ? '' : ` ${code}`} · ${terminal} ${shop} · ${card} · ${total} IRR`;
  return { kind: 'transaction', id, title: `RRN ${rrn}`, detail, at, path: `/api/v1/transactions/${id}` };
}

async function ofRrn(db: Db, rrn: string): Promise<Hit[]> {
  const households = await householdsOf(db, rrn);
  if (households.length === 0) return [];
  const { rows } = await listTransactions(db, { rrn }, { limit: MOST });
  return rows.map(ofRow);
}

async function ofStan(db: Db, stan: string): Promise<Hit[]> {
  const to = await newestDay(db);
  if (to === undefined) return [];
  const { rows } = await listTransactions(db, { stan, from: addDays(to, 1 - STAN_DAYS), to }, { limit: MOST + 1 });
  return rows.map(ofRow);
}

async function ofTerminal(db: Db, terminal: string): Promise<Hit[]> {
  const { rows } = await db.query<{ id: string; merchant: string; shop: string; status: string }>(
    `select terminal_id as id, t.merchant_id as merchant, m.name as shop, t.status from terminals t join merchants m using (merchant_id) where terminal_id = $1`,
    [terminal],
  );
  return rows.map(({ id, merchant, shop, status }) => ({ kind: 'terminal', id, title: id, detail: `${shop} (${merchant}) · ${status}`, path: `/api/v1/terminals/${id}` })); // prettier-ignore
}

interface ShopRow {
  readonly id: string;
  readonly name: string;
  readonly guild: string;
  readonly status: string;
  readonly sheba: string;
}

function shopHit({ id, name, guild, status, sheba }: ShopRow): Hit {
  return {
    kind: 'shop',
    id,
    title: name,
    detail: `${id} · ${guild} · ${status} · ${maskedSheba(sheba)}`,
    path: `/api/v1/shops/${id}`,
  };
}

const SHOPS = 'select merchant_id as id, name, guild, status, sheba from merchants';

async function ofShop(db: Db, merchant: string): Promise<Hit[]> {
  return (await db.query<ShopRow>(`${SHOPS} where merchant_id = $1`, [merchant])).rows.map(shopHit);
}

async function ofSheba(db: Db, sheba: string): Promise<Hit[]> {
  return (await db.query<ShopRow>(`${SHOPS} where sheba = $1 order by 1 limit $2`, [sheba, MOST])).rows.map(shopHit);
}

async function ofName(db: Db, name: string): Promise<Hit[]> {
  const begins = `${name.replace(/[\\%_]/g, '\\$&')}%`;
  return (await db.query<ShopRow>(`${SHOPS} where name like $1 order by name limit $2`, [begins, MOST + 1])).rows.map(
    shopHit,
  );
}

async function ofCard(db: Db, card: string): Promise<Hit[]> {
  const masked = maskedOf(card);
  const { rows } = await db.query<{ household: string; card: string }>(
    'select household_id as household, masked as card from cards where masked = any ($1) order by 1 limit $2',
    [masked, MOST + 1],
  );
  const { rows: sales } = await listTransactions(db, { card }, { limit: 10 });
  return [...rows.map(householdHit), ...sales.map(ofRow)];
}

function householdHit({ household, card }: { household: string; card: string }): Hit {
  return { kind: 'household', id: household, title: household, detail: card, path: `/api/v1/households/${household}` };
}

async function ofPan(db: Db, hash: Buffer): Promise<Hit[]> {
  const { rows } = await db.query<{ household: string; card: string }>(
    'select household_id as household, masked as card from cards where pan_hash = $1',
    [hash],
  );
  const [found] = rows;
  if (found === undefined) return [];
  const { rows: sales } = await listTransactions(db, { card: found.card }, { limit: 50 });
  return [
    householdHit(found),
    ...sales
      .filter(({ household }) => household === found.household)
      .slice(0, 10)
      .map(ofRow),
  ];
}

async function ofOrder(db: Db, id: string): Promise<Hit[]> {
  const { rows } = await db.query<{
    id: string;
    file: string;
    merchant: string;
    name: string;
    rials: string;
    state: string;
  }>(
    `select instruction_id as id, message_id as file, merchant_id as merchant, name, amount_rials::text as rials, state from payment_orders where instruction_id = $1`,
    [id],
  );
  return rows.map(({ file, merchant, name, rials, state, ...order }) => ({ kind: 'payment-order', id: order.id, title: order.id, detail: `${name} (${merchant}) · ${rials} IRR · ${state}`, path: `/api/v1/payment-files/${file}` })); // prettier-ignore
}

async function ofFile(db: Db, text: string): Promise<Hit[]> {
  const [id = '', position] = text.split('/');
  const { rows } = await db.query<{ id: string; day: string; orders: number; rials: string }>(
    `select message_id as id, business_day::text as day, orders, sum_rials::text as rials from payment_files where message_id = $1`,
    [id],
  );
  const line = position === undefined ? '' : ` · line ${position}`;
  return rows.map(({ day, orders, rials, ...file }) => ({ kind: 'payment-file', id: file.id, title: file.id, detail: `${day} · ${orders} orders · ${rials} IRR${line}`, path: `/api/v1/payment-files/${file.id}` })); // prettier-ignore
}

/** By the index of receipts (migrations/0796_receipts.sql). */
async function ofToken(db: Db, token: string): Promise<Hit[]> {
  const newest = await newestDay(db);
  if (newest === undefined) return [];
  const { rows } = await db.query<TransactionRef>(
    `select household_id as household, transaction_id::text as id, business_day::text as day from transactions
      where sha256(token::bytea) = $1 and state in ('approved', 'reversed') and business_day between $2::date and $3::date limit 1`,
    [createHash('sha256').update(token).digest(), addDays(newest, -TOKEN_DAYS), newest],
  );
  const found = await Promise.all(rows.map((ref) => readTransaction(db, ref)));
  return found.flatMap((row) => (row === undefined ? [] : [ofRow(row)]));
}

async function ofComplaint(db: Db, number: string): Promise<Hit[]> {
  const { rows } = await db.query<{ id: string; kind: string; state: string; rrn: string; at: number }>(
    `select complaint_id::text as id, kind, state, rrn, (extract(epoch from filed_at) * 1000)::float8 as at from complaints where number = $1`,
    [number],
  );
  return rows.map(({ id, kind, state, rrn, at }) => ({ kind: 'complaint', id, title: number, detail: `${kind} · ${state} · RRN ${rrn}`, at, path: `/api/v1/complaints/${id}` })); // prettier-ignore
}

async function ofCase(db: Db, number: string): Promise<Hit[]> {
  const { rows } = await db.query<{ id: string; name: string; state: string; at: number }>(
    `select case_id::text as id, name, state, (extract(epoch from begun_at) * 1000)::float8 as at from shop_cases where number = $1`,
    [number],
  );
  return rows.map(({ id, name, state, at }) => ({ kind: 'case', id, title: number, detail: `${name} · ${state}`, at, path: `/api/v1/cases/${id}` })); // prettier-ignore
}
