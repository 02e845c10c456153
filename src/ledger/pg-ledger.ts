import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { tehran } from '../ops/clock.ts';
import type {
  AdviceRequest,
  Decision,
  ForwardRequest,
  Ledger,
  LegResult,
  Outcome,
  PurchaseRequest,
  QuoteReleaseRequest,
  QuoteRequest,
  QueuedAdvice,
  RequestHeader,
  ReturnRequest,
  ReversalOutcome,
  ReversalRequest,
  TerminalTotals,
  TransactionRef,
} from './ledger.ts';

type Tx = pg.PoolClient;
type Kind = 'purchase' | 'quote' | 'release' | 'return' | 'forward';
interface Take {
  programme: string;
  period: string;
  rials: string;
}
interface Row {
  household_id: string;
  transaction_id: string;
  business_day: string;
  kind: Kind;
  state: string;
  content_hash: Buffer;
  outcome: StoredOutcome | null;
  voucher_rials: string;
  card_rials: string;
  cash_rials: string;
  total_rials: string;
  returned_rials: string;
  takes: Take[];
  merchant_id: string;
  terminal_id: string;
  rrn: string;
  leg_stan: string;
  leg_at: string;
  reversal: string | null;
  original_rrn: string | null;
  quote_ref: string | null;
  transmission: string;
}
type StoredOutcome = Omit<Outcome, 'voucherRials' | 'cardRials' | 'cashRials' | 'creditLeftRials' | 'lines'> & {
  voucherRials: string;
  cardRials: string;
  cashRials: string;
  creditLeftRials: string;
};

const COLUMNS = `household_id, transaction_id::text, business_day::text, kind, state, content_hash, outcome, voucher_rials::text, card_rials::text, cash_rials::text, total_rials::text, returned_rials::text, takes, merchant_id, terminal_id, rrn, leg_stan, leg_at, reversal, original_rrn, quote_ref, transmission`;
const QUOTE_MS = 120_000;

const none = {
  authCode: undefined,
  voucherRials: 0n,
  cardRials: 0n,
  cashRials: 0n,
  creditLeftRials: 0n,
  lines: undefined,
  quoteRef: undefined,
  receiptToken: undefined,
  fault: undefined,
  passThrough: undefined,
};
function store(o: Outcome): StoredOutcome {
  return {
    rc: o.rc,
    reason: o.reason,
    rrn: o.rrn,
    authCode: o.authCode,
    quoteRef: o.quoteRef,
    receiptToken: o.receiptToken,
    fault: o.fault,
    passThrough: o.passThrough,
    voucherRials: String(o.voucherRials),
    cardRials: String(o.cardRials),
    cashRials: String(o.cashRials),
    creditLeftRials: String(o.creditLeftRials),
  };
}
function revive(o: StoredOutcome): Outcome {
  return {
    ...none,
    ...o,
    lines: undefined,
    voucherRials: BigInt(o.voucherRials),
    cardRials: BigInt(o.cardRials),
    cashRials: BigInt(o.cashRials),
    creditLeftRials: BigInt(o.creditLeftRials),
  };
}

export class PgLedger implements Ledger {
  readonly #pool: pg.Pool;
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async #run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const tx = await this.#pool.connect();
    try {
      await tx.query('begin');
      const result = await work(tx);
      await tx.query('commit');
      return result;
    } catch (error) {
      await tx.query('rollback');
      throw error;
    } finally {
      tx.release();
    }
  }

  async #known(tx: Tx, r: RequestHeader): Promise<Decision | undefined> {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `${r.key.terminal}|${r.key.stan}|${r.key.localTime}|${r.key.localDate}`,
    ]);
    const { rows } = await tx.query<Row>(
      `select ${COLUMNS} from transactions where terminal_id=$1 and stan=$2 and local_time=$3 and local_date=$4`,
      [r.key.terminal, r.key.stan, r.key.localTime, r.key.localDate],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    if (!row.content_hash.equals(r.contentHash)) return { kind: 'conflict' };
    if (row.outcome === null) return { kind: 'pending', ref: refOf(row) };
    return { kind: 'repeat', outcome: revive(row.outcome) };
  }

  async #rrn(tx: Tx, at: number): Promise<string> {
    const { rows } = await tx.query<{ n: string }>(`select nextval('rrn_numbers')::text as n`);
    const local = tehran(at);
    const day =
      Math.floor((Date.parse(local.isoDate) - Date.parse(`${local.isoDate.slice(0, 4)}-01-01`)) / 86_400_000) + 1;
    return `${local.isoDate[3] ?? ''}${String(day).padStart(3, '0')}${local.time.slice(0, 2)}${(rows[0]?.n ?? '').padStart(6, '0')}`;
  }

  async #day(tx: Tx, at: number): Promise<string> {
    const { rows } = await tx.query<{ day: string }>(
      'select business_day::text as day from business_days where closed_at is null order by business_day desc limit 1',
    );
    if (rows[0] !== undefined) return rows[0].day;
    const day = tehran(at).isoDate;
    await tx.query('insert into business_days values ($1) on conflict do nothing', [day]);
    return day;
  }

  async #admit(tx: Tx, r: RequestHeader): Promise<{ rc: string; reason: string } | { household: string }> {
    const { rows } = await tx.query<{ merchant_id: string; status: string; active: string }>(
      'select t.merchant_id, m.status, t.status as active from terminals t join merchants m using (merchant_id) where terminal_id=$1',
      [r.key.terminal],
    );
    const t = rows[0];
    if (t === undefined || t.merchant_id !== r.merchant) return { rc: '03', reason: 'merchant.mismatch' };
    if (t.status !== 'approved') return { rc: '03', reason: 'merchant.not-approved' };
    if (t.active !== 'active') return { rc: '58', reason: 'terminal.disabled' };
    const found = await tx.query<{ household_id: string; status: string }>(
      'select household_id, status from cards join households using (household_id) where pan_hash=$1 for update of households',
      [r.card.hash],
    );
    const h = found.rows[0];
    if (h === undefined) return { household: '' };
    return h.status === 'active' ? { household: h.household_id } : { rc: '57', reason: `household.${h.status}` };
  }

  async #credit(
    tx: Tx,
    household: string,
    at: number,
  ): Promise<{ programme: string; period: string; rials: bigint }[]> {
    const { rows } = await tx.query<{ programme: string; period: string; rials: string }>(
      `select programme_id as programme, period, (amount_rials - spent_rials - held_rials)::text as rials from buckets where household_id=$1 and valid_from <= $2 and valid_to >= $2 and amount_rials > spent_rials + held_rials order by valid_to, programme_id, period`,
      [household, tehran(at).isoDate],
    );
    return rows.map((row) => ({ ...row, rials: BigInt(row.rials) }));
  }

  async #insert(
    tx: Tx,
    kind: Kind,
    r: RequestHeader & { leg?: { stan: string; transmission: string } },
    household: string,
    state: string,
    rrn: string,
    total: bigint,
    o: Outcome | undefined,
    extra: {
      takes?: Take[];
      voucher?: bigint;
      card?: bigint;
      cash?: bigint;
      originalRrn?: string;
      quoteRef?: string;
    } = {},
  ): Promise<TransactionRef> {
    const day = await this.#day(tx, r.at);
    const { rows } = await tx.query<{ id: string }>(
      `insert into transactions (household_id, business_day, kind, state, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash, masked, rrn, total_rials, voucher_rials, card_rials, cash_rials, takes, outcome, leg_stan, leg_at, original_rrn, quote_ref, at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24) returning transaction_id::text as id`,
      [
        household,
        day,
        kind,
        state,
        r.key.terminal,
        r.key.stan,
        r.key.localTime,
        r.key.localDate,
        r.transmission,
        r.merchant,
        r.contentHash,
        r.card.masked,
        rrn,
        String(total),
        String(extra.voucher ?? 0n),
        String(extra.card ?? 0n),
        String(extra.cash ?? 0n),
        JSON.stringify(extra.takes ?? []),
        o === undefined ? null : JSON.stringify(store(o)),
        r.leg?.stan,
        r.leg?.transmission,
        extra.originalRrn,
        extra.quoteRef,
        r.at,
      ],
    );
    return { householdId: household, transactionId: rows[0]?.id ?? '', businessDay: day };
  }

  /** The shared opening of every request: idempotency, then who may do this. */
  async #open(
    tx: Tx,
    kind: Kind,
    r: RequestHeader,
    total: bigint,
  ): Promise<{ done: Decision } | { household: string; rrn: string }> {
    const known = await this.#known(tx, r);
    if (known !== undefined) return { done: known };
    const rrn = await this.#rrn(tx, r.at);
    const admitted = await this.#admit(tx, r);
    if ('rc' in admitted)
      return { done: await this.#decline(tx, kind, r, '', rrn, total, admitted.rc, admitted.reason) };
    const tomb = await tx.query(
      `select 1 from transactions where state='tombstone' and terminal_id=$1 and stan=$2 and transmission=$3 limit 1`,
      [r.key.terminal, r.key.stan, r.transmission],
    );
    if (tomb.rowCount !== 0)
      return { done: await this.#decline(tx, kind, r, admitted.household, rrn, total, '12', 'reversed.before') };
    return { household: admitted.household, rrn };
  }

  async #decline(
    tx: Tx,
    kind: Kind,
    r: RequestHeader,
    household: string,
    rrn: string,
    total: bigint,
    rc: string,
    reason: string,
  ): Promise<Decision> {
    const outcome = { ...none, rc, reason, rrn };
    await this.#insert(tx, kind, r, household, 'declined', rrn, total, outcome);
    return { kind: 'declined', outcome };
  }

  async #split(
    tx: Tx,
    household: string,
    at: number,
    total: bigint,
  ): Promise<{ takes: Take[]; voucher: bigint; left: bigint }> {
    let wanted = total;
    let left = 0n;
    const takes: Take[] = [];
    for (const bucket of await this.#credit(tx, household, at)) {
      const take = bucket.rials < wanted ? bucket.rials : wanted;
      if (take > 0n) takes.push({ programme: bucket.programme, period: bucket.period, rials: String(take) });
      wanted -= take;
      left += bucket.rials - take;
    }
    return { takes, voucher: total - wanted, left };
  }

  async #move(tx: Tx, household: string, takes: readonly Take[], held: 1 | -1 | 0, spent: 1 | -1 | 0): Promise<void> {
    for (const take of takes)
      await tx.query(
        `update buckets set held_rials = held_rials + $4::bigint * $5, spent_rials = spent_rials + $4::bigint * $6 where household_id=$1 and programme_id=$2 and period=$3`,
        [household, take.programme, take.period, take.rials, held, spent],
      );
  }

  async #post(
    tx: Tx,
    ref: TransactionRef,
    merchant: string,
    voucher: bigint,
    card: bigint,
    sign: 1n | -1n,
  ): Promise<void> {
    const day = ref.businessDay;
    for (const [account, rials] of [
      ['household-voucher', -voucher],
      ['merchant-payable', voucher],
      ['card-clearing', -card],
      ['merchant-card', card],
    ] as const) {
      if (rials !== 0n)
        await tx.query(
          `insert into postings (household_id, transaction_id, business_day, account, merchant_id, rials) values ($1,$2,$3,$4,$5,$6)`,
          [ref.householdId, ref.transactionId, day, account, merchant, String(rials * sign)],
        );
    }
  }

  purchase(r: PurchaseRequest): Promise<Decision> {
    return this.#run(async (tx) => {
      const opened = await this.#open(tx, 'purchase', r, r.totalRials);
      if ('done' in opened) return opened.done;
      const { household, rrn } = opened;
      const decline = (rc: string, reason: string) =>
        this.#decline(tx, 'purchase', r, household, rrn, r.totalRials, rc, reason);
      if (household === '' && r.rest === 'cash') return decline('14', 'card.unknown');
      if (r.basket !== undefined && r.basket.reduce((sum, line) => sum + line.amountRials, 0n) !== r.totalRials)
        return decline('40', 'basket.sum');
      if (r.quoteRef !== undefined) {
        const { rows } = await tx.query<Row>(
          `select ${COLUMNS} from transactions where quote_ref=$1 and kind='quote' and state='held' and household_id=$2 for update`,
          [r.quoteRef, household],
        );
        const quote = rows[0];
        if (quote === undefined || BigInt(quote.total_rials) !== r.totalRials) return decline('25', 'quote.unknown');
        await this.#move(tx, household, quote.takes, -1, 0);
        await tx.query(`update transactions set state='approved' where household_id=$1 and transaction_id=$2`, [
          household,
          quote.transaction_id,
        ]);
      }
      const split = await this.#split(tx, household, r.at, r.totalRials);
      const rest = r.totalRials - split.voucher;
      if (r.rest === 'cash' && split.voucher === 0n) return decline('51', 'credit.none');
      const [card, cash] = r.rest === 'card' ? [rest, 0n] : [0n, rest];
      const check =
        (await tx.query<{ pin_check: string }>('select pin_check from programmes limit 1')).rows[0]?.pin_check ??
        'issuer';
      const outcome: Outcome = {
        ...none,
        rc: cash > 0n ? '10' : '00',
        reason: 'approved',
        rrn,
        authCode: rrn.slice(-6),
        voucherRials: split.voucher,
        cardRials: card,
        cashRials: cash,
        creditLeftRials: split.left,
        receiptToken: randomBytes(18).toString('base64url').slice(0, 22).padEnd(22, 'A'),
      };
      const bank = card > 0n ? 'card' : check === 'issuer' ? 'pin-check' : undefined;
      await this.#move(tx, household, split.takes, bank === undefined ? 0 : 1, bank === undefined ? 1 : 0);
      const parts = { takes: split.takes, voucher: split.voucher, card, cash };
      if (bank !== undefined) {
        const ref = await this.#insert(tx, 'purchase', r, household, 'held', rrn, r.totalRials, undefined, parts);
        await tx.query('insert into held_outcomes values ($1,$2,$3)', [
          household,
          ref.transactionId,
          JSON.stringify(store(outcome)),
        ]);
        return { kind: 'held', ref, bank, outcome };
      }
      const ref = await this.#insert(tx, 'purchase', r, household, 'approved', rrn, r.totalRials, outcome, parts);
      await this.#post(tx, ref, r.merchant, split.voucher, card, 1n);
      return { kind: 'approved', outcome };
    });
  }

  return(r: ReturnRequest): Promise<Decision> {
    return this.#run(async (tx) => {
      const opened = await this.#open(tx, 'return', r, r.totalRials);
      if ('done' in opened) return opened.done;
      const { household, rrn } = opened;
      const decline = (rc: string, reason: string) =>
        this.#decline(tx, 'return', r, household, rrn, r.totalRials, rc, reason);
      const { rows } = await tx.query<Row>(
        `select ${COLUMNS} from transactions where rrn=$1 and kind='purchase' and state='approved' and household_id=$2 and merchant_id=$3 for update`,
        [r.originalRrn, household, r.merchant],
      );
      const original = rows[0];
      if (original === undefined) return decline('25', 'original.unknown');
      const returned = BigInt(original.returned_rials);
      const open = BigInt(original.voucher_rials) + BigInt(original.card_rials) - returned;
      if (r.totalRials > open) return decline('61', 'return.too-much');
      const voucherOpen = BigInt(original.voucher_rials) > returned ? BigInt(original.voucher_rials) - returned : 0n;
      const voucher = r.totalRials < voucherOpen ? r.totalRials : voucherOpen;
      const card = r.totalRials - voucher;
      let toGive = voucher;
      const takes: Take[] = [];
      for (const take of [...original.takes].reverse()) {
        const give = BigInt(take.rials) < toGive ? BigInt(take.rials) : toGive;
        if (give > 0n) takes.push({ ...take, rials: String(give) });
        toGive -= give;
      }
      const left = (await this.#credit(tx, household, r.at)).reduce((sum, b) => sum + b.rials, 0n) + voucher;
      const outcome: Outcome = {
        ...none,
        rc: '00',
        reason: 'returned',
        rrn,
        authCode: rrn.slice(-6),
        voucherRials: voucher,
        cardRials: card,
        creditLeftRials: left,
      };
      await tx.query(
        'update transactions set returned_rials = returned_rials + $3 where household_id=$1 and transaction_id=$2',
        [household, original.transaction_id, String(r.totalRials)],
      );
      const parts = { takes, voucher, card, originalRrn: r.originalRrn };
      if (card > 0n) {
        const ref = await this.#insert(tx, 'return', r, household, 'held', rrn, r.totalRials, undefined, parts);
        await tx.query('insert into held_outcomes values ($1,$2,$3)', [
          household,
          ref.transactionId,
          JSON.stringify(store(outcome)),
        ]);
        return { kind: 'held', ref, bank: 'card', outcome };
      }
      const ref = await this.#insert(tx, 'return', r, household, 'approved', rrn, r.totalRials, outcome, parts);
      await this.#move(tx, household, takes, 0, -1);
      await this.#post(tx, ref, r.merchant, voucher, 0n, -1n);
      return { kind: 'approved', outcome };
    });
  }

  forward(r: ForwardRequest): Promise<Decision> {
    return this.#run(async (tx) => {
      const opened = await this.#open(tx, 'forward', r, r.totalRials);
      if ('done' in opened) return opened.done;
      const outcome: Outcome = { ...none, rc: '00', reason: 'forwarded', rrn: opened.rrn, cardRials: r.totalRials };
      const ref = await this.#insert(tx, 'forward', r, opened.household, 'held', opened.rrn, r.totalRials, undefined, {
        card: r.totalRials,
      });
      await tx.query('insert into held_outcomes values ($1,$2,$3)', [
        opened.household,
        ref.transactionId,
        JSON.stringify(store(outcome)),
      ]);
      return { kind: 'held', ref, bank: 'card', outcome };
    });
  }

  async #row(tx: Tx | pg.Pool, ref: TransactionRef, lock: boolean): Promise<Row> {
    if (lock) await tx.query('select 1 from households where household_id=$1 for update', [ref.householdId]);
    const { rows } = await tx.query<Row>(
      `select ${COLUMNS} from transactions where household_id=$1 and transaction_id=$2 ${lock ? 'for update' : ''}`,
      [ref.householdId, ref.transactionId],
    );
    if (rows[0] === undefined) throw new Error('no such transaction');
    return rows[0];
  }

  complete(ref: TransactionRef, leg: LegResult): Promise<Outcome> {
    return this.#run(async (tx) => {
      const row = await this.#row(tx, ref, true);
      if (row.outcome !== null) return revive(row.outcome);
      const held = await tx.query<{ outcome: StoredOutcome }>(
        'select outcome from held_outcomes where household_id=$1 and transaction_id=$2',
        [ref.householdId, ref.transactionId],
      );
      const planned = revive(held.rows[0]?.outcome as StoredOutcome);
      const approved = leg.kind === 'approved' && row.reversal === null;
      const passThrough = 'passThrough' in leg ? leg.passThrough : undefined;
      const rc = leg.kind === 'approved' ? '68' : leg.rc;
      const outcome: Outcome = approved
        ? { ...planned, authCode: leg.authCode.trim() === '' ? planned.authCode : leg.authCode, passThrough }
        : { ...none, rc, reason: `bank.${leg.kind}`, rrn: row.rrn, passThrough };
      const sign = row.kind === 'return' ? -1n : 1n;
      if (row.kind === 'return') {
        if (approved) await this.#move(tx, ref.householdId, row.takes, 0, -1);
        else
          await tx.query(
            `update transactions set returned_rials = returned_rials - $3 where household_id=$1 and rrn=$2 and kind='purchase'`,
            [ref.householdId, row.original_rrn, row.total_rials],
          );
      } else await this.#move(tx, ref.householdId, row.takes, -1, approved ? 1 : 0);
      if (approved)
        await this.#post(
          tx,
          ref,
          row.merchant_id,
          BigInt(row.voucher_rials),
          row.kind === 'forward' ? 0n : BigInt(row.card_rials),
          sign,
        );
      if (leg.kind === 'doubt' || (leg.kind === 'approved' && !approved))
        await this.#queue(tx, row, row.card_rials, '68', Date.now());
      await tx.query('update transactions set state=$3, outcome=$4 where household_id=$1 and transaction_id=$2', [
        ref.householdId,
        ref.transactionId,
        approved ? 'approved' : row.reversal === null ? 'declined' : 'reversed',
        JSON.stringify(store(outcome)),
      ]);
      return outcome;
    });
  }

  async #queue(tx: Tx, row: Row, rials: string, reason: string, at: number): Promise<void> {
    const leg = { stan: row.leg_stan, transmission: row.leg_at };
    await tx.query(
      `insert into bank_advices (mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg, reason, queued_at, due_at) values ('0420',$1,$2,$3,$4,$5,$6,$5,$7,$8,$8)`,
      [
        row.terminal_id,
        row.merchant_id,
        row.rrn,
        rials,
        JSON.stringify(leg),
        BigInt(row.card_rials) > 0n ? '0200' : '0100',
        reason,
        at,
      ],
    );
  }

  async outcome(ref: TransactionRef): Promise<Outcome | undefined> {
    const row = await this.#row(this.#pool, ref, false);
    return row.outcome === null ? undefined : revive(row.outcome);
  }

  quote(r: QuoteRequest): Promise<Decision> {
    return this.#run(async (tx) => {
      const opened = await this.#open(tx, 'quote', r, r.totalRials);
      if ('done' in opened) return opened.done;
      const { household, rrn } = opened;
      if (household === '') return this.#decline(tx, 'quote', r, '', rrn, r.totalRials, '14', 'card.unknown');
      const split = await this.#split(tx, household, r.at, r.totalRials);
      const quoteRef = r.reserve ? `1${rrn}` : undefined;
      const outcome: Outcome = {
        ...none,
        rc: '00',
        reason: 'quoted',
        rrn,
        voucherRials: split.voucher,
        cardRials: r.totalRials - split.voucher,
        creditLeftRials: split.left,
        quoteRef,
        authCode: undefined,
      };
      const parts = {
        takes: r.reserve ? split.takes : [],
        voucher: split.voucher,
        card: r.totalRials - split.voucher,
        ...(quoteRef === undefined ? {} : { quoteRef }),
      };
      await this.#insert(tx, 'quote', r, household, r.reserve ? 'held' : 'approved', rrn, r.totalRials, outcome, parts);
      if (r.reserve) await this.#move(tx, household, split.takes, 1, 0);
      return { kind: 'approved', outcome };
    });
  }

  releaseQuote(r: QuoteReleaseRequest): Promise<Decision> {
    return this.#run(async (tx) => {
      const opened = await this.#open(tx, 'release', r, 0n);
      if ('done' in opened) return opened.done;
      const { rows } = await tx.query<Row>(
        `select ${COLUMNS} from transactions where quote_ref=$1 and household_id=$2 and kind='quote' for update`,
        [r.quoteRef, opened.household],
      );
      const quote = rows[0];
      if (quote === undefined)
        return this.#decline(tx, 'release', r, opened.household, opened.rrn, 0n, '25', 'quote.unknown');
      if (quote.state === 'held') await this.#endQuote(tx, quote);
      const left = (await this.#credit(tx, opened.household, r.at)).reduce((sum, b) => sum + b.rials, 0n);
      const outcome: Outcome = { ...none, rc: '00', reason: 'released', rrn: opened.rrn, creditLeftRials: left };
      await this.#insert(tx, 'release', r, opened.household, 'approved', opened.rrn, 0n, outcome);
      return { kind: 'approved', outcome };
    });
  }

  async #endQuote(tx: Tx, quote: Row): Promise<void> {
    await this.#move(tx, quote.household_id, quote.takes, -1, 0);
    await tx.query(`update transactions set state='reversed' where household_id=$1 and transaction_id=$2`, [
      quote.household_id,
      quote.transaction_id,
    ]);
  }

  reverse(r: ReversalRequest): Promise<ReversalOutcome> {
    return this.#run(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [
        `${r.key.terminal}|${r.original.stan}|${r.original.transmission}`,
      ]);
      const { rows } = await tx.query<Row>(
        `select ${COLUMNS} from transactions where terminal_id=$1 and stan=$2 and transmission=$3 and state<>'tombstone' order by transaction_id limit 1`,
        [r.key.terminal, r.original.stan, r.original.transmission],
      );
      const found = rows[0];
      if (found === undefined) {
        const day = await this.#day(tx, r.at);
        const rrn = await this.#rrn(tx, r.at);
        await tx.query(
          `insert into transactions (household_id, business_day, kind, state, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash, masked, rrn, total_rials, at) values ('',$1,'purchase','tombstone',$2,$3,$4,$5,$6,$7,$8,'',$9,$10,$11) on conflict do nothing`,
          [
            day,
            r.key.terminal,
            r.original.stan,
            `T${r.original.transmission}`,
            '',
            r.original.transmission,
            r.merchant,
            r.contentHash,
            rrn,
            String(r.totalRials),
            r.at,
          ],
        );
        return { kind: 'done', rc: '00', reason: 'tombstone', rrn, creditLeftRials: undefined };
      }
      const row = await this.#row(tx, refOf(found), true);
      if (row.state === 'held' && row.kind !== 'quote')
        await tx.query('update transactions set reversal=$3 where household_id=$1 and transaction_id=$2', [
          row.household_id,
          row.transaction_id,
          r.reason,
        ]);
      if (row.state === 'held' && row.kind === 'quote') await this.#endQuote(tx, row);
      if (row.state === 'approved' && row.kind === 'purchase') {
        await this.#move(tx, row.household_id, row.takes, 0, -1);
        await this.#post(tx, refOf(row), row.merchant_id, BigInt(row.voucher_rials), BigInt(row.card_rials), -1n);
      }
      if (row.state === 'approved' && (row.kind === 'purchase' || row.kind === 'forward')) {
        if (BigInt(row.card_rials) > 0n) await this.#queue(tx, row, row.card_rials, r.reason, r.at);
        await tx.query(`update transactions set state='reversed' where household_id=$1 and transaction_id=$2`, [
          row.household_id,
          row.transaction_id,
        ]);
      }
      const left = (await this.#credit(tx, row.household_id, r.at)).reduce((sum, b) => sum + b.rials, 0n);
      return {
        kind: 'done',
        rc: '00',
        reason: 'reversed',
        rrn: row.rrn,
        creditLeftRials: row.household_id === '' ? undefined : left,
      };
    });
  }

  async advise(r: AdviceRequest): Promise<ReversalOutcome> {
    const { rows } = await this.#pool.query<Row>(
      `select ${COLUMNS} from transactions where terminal_id=$1 and stan=$2 and transmission=$3 limit 1`,
      [r.key.terminal, r.original.stan, r.original.transmission],
    );
    const row = rows[0];
    if (row === undefined)
      return { kind: 'done', rc: '25', reason: 'original.unknown', rrn: '', creditLeftRials: undefined };
    return { kind: 'done', rc: '00', reason: 'confirmed', rrn: row.rrn, creditLeftRials: undefined };
  }

  async totals(terminal: string): Promise<TerminalTotals> {
    const { rows } = await this.#pool.query<{ day: string; kind: string; state: string; n: string; rials: string }>(
      `select d.day::text, kind, state, count(*)::text as n, sum(total_rials)::text as rials from transactions join (select max(business_day) as day from business_days where closed_at is null) d on business_day = d.day where terminal_id=$1 and state in ('approved','reversed') group by 1,2,3`,
      [terminal],
    );
    const sum = (kind: string, states: string[]) =>
      rows
        .filter((r) => r.kind === kind && states.includes(r.state))
        .reduce((t, r) => ({ count: t.count + Number(r.n), rials: t.rials + BigInt(r.rials) }), {
          count: 0,
          rials: 0n,
        });
    return {
      businessDay: rows[0]?.day ?? '',
      purchases: sum('purchase', ['approved', 'reversed']),
      reversals: sum('purchase', ['reversed']),
      returns: sum('return', ['approved']),
    };
  }

  async claimAdvices(limit: number, leaseMs: number, now: number): Promise<QueuedAdvice[]> {
    const { rows } = await this.#pool.query<
      Record<string, string> & { leg: QueuedAdvice['leg']; original_leg: QueuedAdvice['leg'] }
    >(
      `update bank_advices set due_at=$2, attempts=attempts+1 where advice_id in (select advice_id from bank_advices where done_at is null and due_at <= $1 order by advice_id limit $3 for update skip locked) returning *`,
      [now, now + leaseMs, limit],
    );
    return rows.map((r) => ({
      id: String(r['advice_id']),
      mti: r['mti'] as '0420',
      attempts: Number(r['attempts']),
      queuedAt: Number(r['queued_at']),
      terminal: r['terminal_id'] ?? '',
      merchant: r['merchant_id'] ?? '',
      rrn: r['rrn'] ?? '',
      amountRials: BigInt(r['amount_rials'] ?? 0),
      leg: r.leg,
      originalMti: r['original_mti'] ?? '',
      originalLeg: r.original_leg,
      reason: r['reason'] ?? '',
    }));
  }
  async adviceDone(id: string, rc: string): Promise<void> {
    await this.#pool.query('update bank_advices set done_at=now(), done_rc=$2 where advice_id=$1', [id, rc]);
  }
  async adviceFailed(id: string, why: string, retryAt: number): Promise<void> {
    await this.#pool.query('update bank_advices set last_error=$2, due_at=$3 where advice_id=$1', [id, why, retryAt]);
  }
  async claimStranded(olderThanMs: number, limit: number, now: number): Promise<TransactionRef[]> {
    const { rows } = await this.#pool.query<Row>(
      `select ${COLUMNS} from transactions where state='held' and kind<>'quote' and at < $1 order by at limit $2`,
      [now - olderThanMs, limit],
    );
    return rows.map(refOf);
  }
  async expire(now: number): Promise<void> {
    await this.#run(async (tx) => {
      const { rows } = await tx.query<Row>(
        `select ${COLUMNS} from transactions where kind='quote' and state='held' and at < $1 for update skip locked`,
        [now - QUOTE_MS],
      );
      for (const row of rows) await this.#endQuote(tx, row);
    });
  }
  async close(): Promise<void> {
    await Promise.resolve();
  }
}
function refOf(row: Row): TransactionRef {
  return { householdId: row.household_id, transactionId: row.transaction_id, businessDay: row.business_day };
}
