import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { verifyLedger, type Decision, type LegResult, type RequestHeader, type TransactionRef } from '../../src/ledger/index.ts'; // prettier-ignore
import { tehran } from '../../src/ops/clock.ts';
import { SurvivingFacts, totalOf, type Books, type Purchase, type Return } from './model/surviving.ts';
import { header, outcome, purchaseRequest, returnRequest, reversalRequest, TERMINALS } from './model/world.ts';
import { openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

/** Schedules of purchases, returns, reversals, corrections and repeats, one household each and some thousand at once, against a
 *  model that keeps facts alone. `npm run test:schedules` is a million of them; KALABARG_SCHEDULES_SEED repeats a run. */

const SCHEDULES = Number(process.env['KALABARG_SCHEDULES'] ?? 2_000);
const SEED = Number(process.env['KALABARG_SCHEDULES_SEED'] ?? Date.now() % 1_000_000_007);
const AT_ONCE = 5_000;
const NOW = Date.now();
const LEGS: readonly LegResult[] = [
  { kind: 'approved', authCode: '123456' },
  { kind: 'approved', authCode: '123456' },
  { kind: 'declined', rc: '51' },
  { kind: 'doubt', rc: '68', why: 'no answer' },
];

let books: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;

beforeAll(async () => {
  books = await openTestLedger({
    connections: 6,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  ({ pool, ledger } = books);
});
afterAll(() => books.close());

/** Numbers from a seed (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return ((n ^ (n >>> 14)) >>> 0) % sides;
  };
}

interface Made {
  readonly fact: Purchase | Return;
  readonly head: RequestHeader;
  readonly rrn: string;
  readonly ref: TransactionRef | undefined;
  readonly again: () => Promise<Decision>;
  told: string;
}

/** One household and what was asked for it. */
class Run {
  readonly id: string;
  readonly credit: readonly bigint[];
  readonly facts: SurvivingFacts;
  readonly steps: string[] = [];
  /** What the card has paid, had the bank never heard of an 0420: a leg in doubt is taken as approved. */
  paid = 0n;
  readonly #card: Buffer;
  readonly #roll: (sides: number) => number;
  readonly #made: Made[] = [];

  constructor(number: number) {
    this.id = `S${number}`;
    this.#roll = dice(SEED + number * 7_919);
    this.credit = [100n * BigInt(this.#roll(5)), this.#roll(2) === 0 ? 0n : 100n * BigInt(1 + this.#roll(4))];
    this.facts = new SurvivingFacts(this.credit[0]! + this.credit[1]!);
    this.#card = cardOf(this.id);
  }

  length(): number {
    return 2 + this.#roll(7);
  }

  async step(): Promise<void> {
    const [made, roll] = [this.#made, this.#roll(10)];
    if (made.length === 0 || roll < 2) return this.#buy();
    const one = made[this.#roll(made.length)]!;
    if (one.fact.state === 'held' && roll < 6) return this.#complete(one);
    if (roll < 5) return this.#giveBack(one);
    if (roll < 9) return this.#reverse(one);
    return this.#repeat(one);
  }

  /** Nothing is left at the bank. */
  async end(): Promise<void> {
    for (const one of this.#made) if (one.fact.state === 'held') await this.#complete(one);
  }

  async #buy(): Promise<void> {
    const [total, rest] = [
      BigInt(50 * (1 + this.#roll(12))),
      this.#roll(2) === 0 ? ('card' as const) : ('cash' as const),
    ];
    this.steps.push(`buy ${total} ${rest}`);
    const head = header(TERMINALS[this.#roll(4)]!, this.#card, NOW);
    const request = purchaseRequest(head, total, rest);
    const again = () => ledger.purchase(request);
    const decision = await again();
    const fact = this.facts.buy(total, rest);
    this.#took(decision, fact, '51', head, again);
  }

  async #giveBack({ fact: of, head: { key, merchant }, rrn }: Made): Promise<void> {
    if ('of' in of) return this.#buy();
    const kept = totalOf(of.parts);
    const total = this.#roll(3) === 0 ? kept : BigInt(50 * (1 + this.#roll(6)));
    this.steps.push(`return ${total} of ${this.#made.findIndex(({ fact }) => fact === of)}`);
    const till = TERMINALS.find(({ terminal }) => terminal === key.terminal)!;
    const request = returnRequest({ ...header(till, this.#card, NOW), merchant }, total, rrn);
    const again = () => ledger.return(request);
    const decision = await again();
    const back = this.facts.giveBack(of, total);
    this.#took(
      decision,
      typeof back === 'string' ? undefined : back,
      typeof back === 'string' ? back : '',
      request,
      again,
    );
  }

  #took(
    decision: Decision,
    fact: Purchase | Return | undefined,
    refusal: string,
    head: RequestHeader,
    again: Made['again'],
  ): void {
    const { rc, rrn, voucherRials, cardRials, cashRials } = outcome(decision);
    if (fact === undefined) {
      this.#same([decision.kind, rc], ['declined', refusal]);
      return;
    }
    const said = fact.kind === 'purchase' && fact.parts[2] > 0n ? '10' : '00';
    const kind = fact.state === 'held' ? 'held' : 'approved';
    this.#same([decision.kind, rc, voucherRials, cardRials, cashRials], [kind, said, ...fact.parts]);
    this.#made.push({
      fact,
      head,
      rrn,
      ref: 'ref' in decision ? decision.ref : undefined,
      again,
      told: heard(decision),
    });
  }

  async #complete(one: Made): Promise<void> {
    const leg = LEGS[this.#roll(LEGS.length)]!;
    this.steps.push(`${leg.kind} ${this.#made.indexOf(one)}`);
    const done = await ledger.complete(one.ref!, leg);
    this.facts.complete(one.fact, leg.kind === 'approved');
    if (leg.kind !== 'declined') this.paid += one.fact.kind === 'purchase' ? one.fact.parts[1] : -one.fact.parts[1];
    this.#same(done.rc === '00', one.fact.state === 'made');
    one.told = heard({ kind: 'repeat', outcome: done });
  }

  async #reverse({ fact, head }: Made): Promise<void> {
    const corrected = this.#roll(3) === 0 ? BigInt(50 * (1 + this.#roll(8))) : undefined;
    this.steps.push(
      `reverse ${this.#made.findIndex((one) => one.fact === fact)}${corrected === undefined ? '' : ` to ${corrected}`}`,
    );
    const request = reversalRequest(head, NOW, corrected, totalOf(fact.parts));
    const first = await ledger.reverse(request);
    this.facts.reverse(fact, corrected);
    this.#same([first.kind, first.rc, first.creditLeftRials], ['done', '00', this.facts.books().left]);
    if (this.#roll(8) === 0) this.#same(await ledger.reverse(request), first);
  }

  async #repeat(one: Made): Promise<void> {
    this.steps.push(`repeat ${this.#made.indexOf(one)}`);
    const decision = await one.again();
    if (one.fact.state === 'held') this.#same(decision.kind, 'pending');
    else this.#same(heard(decision), one.told);
  }

  #same(got: unknown, wanted: unknown): void {
    try {
      expect(got).toEqual(wanted);
    } catch (cause) {
      throw new Error(`seed ${SEED}, ${this.id} with credit of ${this.credit.join('+')}: ${this.steps.join(', ')}`, {
        cause,
      });
    }
  }

  ends({ takenBack, ...books }: Ended): void {
    this.#same({ ...books, card: this.paid - takenBack }, this.facts.books());
  }
}

const cardOf = (id: string): Buffer => createHash('sha256').update(id).digest();

/** What a repeat must say again. */
function heard(decision: Decision): string {
  if (!('outcome' in decision)) return decision.kind;
  return JSON.stringify(decision.outcome, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** Empties the books, and gives these households their credit. */
async function begin(runs: readonly Run[]): Promise<void> {
  await pool.query(`truncate transactions, requests, stray_requests, postings, buckets, cards, households, quotes, bank_advices, tombstones,
                             credit_shortages, break_events, breaks, entitlement_uses cascade`); // prettier-ignore
  await pool.query('select open_business_day($1)', [tehran(NOW).isoDate]);
  const [ids, first, second] = [runs.map(({ id }) => id), runs.map(({ credit }) => String(credit[0])), runs.map(({ credit }) => String(credit[1]))]; // prettier-ignore
  await pool.query('insert into households select unnest($1::text[]), 2', [ids]);
  await pool.query(`insert into cards select unnest($1::bytea[]), '603799******0000', unnest($2::text[])`, [ids.map(cardOf), ids]); // prettier-ignore
  await pool.query(
    `with added as (
       insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
       select u.id, 'test', '1405-0' || x.n, x.rials::bigint, $4::date - 9, $4::date + x.n * 9
         from unnest($1::text[], $2::text[], $3::text[]) as u (id, first, second)
        cross join lateral (values (1, u.first), (2, u.second)) as x (n, rials) where x.rials <> '0'
       returning household_id, bucket_id, amount_rials)
     insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
     select household_id, nextval('transaction_ids'), 1, (select max(business_day) from business_days), 0, 'allocation', bucket_id,
            -amount_rials, amount_rials from added`,
    [ids, first, second, tehran(NOW).isoDate],
  );
}

/** Corrections that waited for the bank: some hundred in each run of the periodic work. */
async function settle(): Promise<void> {
  const waiting = `select 1 from transactions where corrected_rials is not null and state = 'approved' limit 1`;
  for (let i = 0; i < 100 && (await pool.query(waiting)).rowCount === 1; i++) await ledger.housekeep(NOW);
}

/** Without the card's part, and what 0420s take back of it. */
type Ended = Omit<Books, 'card'> & { readonly takenBack: bigint };

async function booksOf(): Promise<Map<string, Ended>> {
  const { rows } = await pool.query<Record<'id' | 'left' | 'short' | 'voucher' | 'cash' | 'taken', string>>(
    `select h.household_id as id, coalesce(b.rials, 0) as left, coalesce(s.rials, 0) as short, coalesce(p.voucher, 0) as voucher,
            coalesce(p.cash, 0) as cash, coalesce(a.rials, 0) as taken
       from households h
       left join (select household_id, sum(amount_rials - spent_rials - held_rials - expired_rials) as rials from buckets group by 1) b
            using (household_id)
       left join (select household_id, sum(rials) as rials from credit_shortages group by 1) s using (household_id)
       left join (select household_id, sum(merchant_payable) as voucher, sum(merchant_cash) as cash from postings group by 1) p
            using (household_id)
       left join (select t.household_id, sum(case t.kind when 'purchase' then a.amount_rials else -a.amount_rials end) as rials
                    from bank_advices a
                    join transactions t on t.household_id = a.lane and t.leg_stan = a.original_leg ->> 'stan' group by 1) a
            using (household_id)`,
  );
  return new Map(
    rows.map(({ id, left, short, voucher, cash, taken }) => [
      id,
      {
        left: BigInt(left),
        short: BigInt(short),
        voucher: BigInt(voucher),
        cash: BigInt(cash),
        takenBack: BigInt(taken),
      },
    ]),
  );
}

test(
  `${SCHEDULES} schedules end as if the surviving facts alone had happened`,
  async () => {
    let requests = 0;
    for (let from = 0; from < SCHEDULES; from += AT_ONCE) {
      const runs = Array.from({ length: Math.min(AT_ONCE, SCHEDULES - from) }, (_, n) => new Run(from + n));
      await begin(runs);
      await Promise.all(
        runs.map(async (run) => {
          for (let left = run.length(); left > 0; left--) await run.step();
          await run.end();
        }),
      );
      await settle();
      const books = await booksOf();
      for (const run of runs) {
        run.facts.settle();
        run.ends(books.get(run.id)!);
        requests += run.steps.length;
      }
      expect(await verifyLedger(pool)).toEqual([]);
      if (SCHEDULES > AT_ONCE)
        process.stderr.write(`${from + runs.length} schedules, ${requests} requests, seed ${SEED}\n`);
    }
  },
  6 * 3_600_000,
);
