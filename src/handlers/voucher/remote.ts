import type {
  AuthorityWord,
  Decision,
  Ledger,
  LegResult,
  Outcome,
  PurchaseRequest,
  QuoteRequest,
  TransactionRef,
} from '../../ledger/index.ts';
import type { Clock } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { AuthorityClient } from './client.ts';
import type { AuthorityMetrics } from './metrics.ts';
import type { Asked, NewOrder, OrderBook, Reservation } from './orders.ts';
import type { VoucherPort } from './port.ts';
import { declineCode } from './protocol.ts';

export interface RemoteOptions {
  readonly ledger: Pick<Ledger, 'purchase' | 'quote' | 'releaseQuote' | 'complete'>;
  readonly orders: OrderBook;
  readonly authorities: readonly AuthorityClient[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: AuthorityMetrics;
  /** How long a terminal waits for an answer. */
  readonly patienceMs: number;
}

/** A held purchase that waits for its bank leg, and then for the authority's confirmation. */
interface Open extends Reservation {
  readonly authority: AuthorityClient;
  readonly rrn: string;
  readonly stan: string;
  /** What the authority said; asked once, however often the outcome has to be written. */
  confirmed?: Promise<LegResult>;
}

/** How often a repeat looks whether the first is decided. */
const POLL_MS = 100;
const UNREACHABLE = { rc: '91', reason: 'authority.unreachable' } as const;
/** Nobody let it be asked so, or somebody ended it (docs/decisions/0101). */
const OFF = { rc: '91', reason: 'authority.off' } as const;
/** The first of a request was never decided, or not in time. */
const UNANSWERED = { rc: '68', reason: 'authority.unanswered' } as const;

/** The voucher port where remote authorities decide some cards: reserved there first, then held in our books, then the bank, then confirmed
 *  there, then captured here. Any doubt releases and reverses (worker.ts). Cards of none of them are our ledger's. */
export function remoteVoucher(options: RemoteOptions): VoucherPort {
  const { ledger, orders, clock } = options;
  const byPrefix = options.authorities.flatMap((client) =>
    client.settings.cards.map((prefix): [string, AuthorityClient] => [prefix, client]),
  );
  const authorityOf = (pan: string): AuthorityClient | undefined =>
    byPrefix.find(([prefix]) => pan.startsWith(prefix))?.[1];
  const open = new Map<string, Open>();

  const hold = (decision: Decision, reserved: Reservation, authority: AuthorityClient, stan: string): Decision => {
    if (decision.kind === 'held') {
      const { rrn } = decision.outcome;
      open.set(decision.ref.transactionId, { ...reserved, authority, rrn, stan });
    }
    return decision;
  };

  return {
    purchase: async (request, pan) => {
      const authority = authorityOf(pan);
      if (authority === undefined) return ledger.purchase(request);
      const known = await orders.household(request, askedOf(authority));
      if (known === undefined) return ledger.purchase(request);
      const decide = (word: AuthorityWord): Promise<Decision> => ledger.purchase({ ...request, authority: word });
      if (!known.inForce) return decide(OFF);
      const { household } = known;
      if (request.quoteRef !== undefined) {
        const reserved = await orders.ofQuote(household, request.quoteRef);
        if (reserved === undefined) return decide({ rc: '25', reason: 'quote.unknown' });
        const { programme } = authority.settings;
        const decision = await decide({ order: reserved.id, programme, voucher: String(reserved.voucherRials) });
        return hold(decision, reserved, authority, request.key.stan);
      }
      const { word, reserved } = await wordOf(request, pan, { household, authority, kind: 'purchase' }, options);
      if ('reason' in word && word.reason === UNREACHABLE.reason && reserved !== undefined)
        return standIn(request, { household, authority, kind: 'purchase' }, reserved.id, options);
      const decision = await decide(word);
      if (reserved !== undefined && decision.kind !== 'held') await abandon(reserved.id, options);
      return reserved === undefined ? decision : hold(decision, reserved, authority, request.key.stan);
    },
    quote: async (request, pan) => {
      const authority = authorityOf(pan);
      if (authority === undefined) return ledger.quote(request);
      const known = await orders.household(request, askedOf(authority));
      if (known === undefined) return ledger.quote(request);
      if (!known.inForce) return ledger.quote({ ...request, authority: OFF });
      const { household } = known;
      // It has no act that tells a balance and takes nothing.
      if (request.totalRials === 0n)
        return ledger.quote({ ...request, authority: { rc: '57', reason: 'authority.no-balance' } });
      const { word, reserved } = await wordOf(request, pan, { household, authority, kind: 'quote' }, options);
      const decision = await ledger.quote({ ...request, authority: word });
      // What is reserved under a quote reference stays until that is taken, released or over.
      if (reserved !== undefined && !(request.reserve && decision.kind === 'approved'))
        await abandon(reserved.id, options);
      return decision;
    },
    releaseQuote: (request) => ledger.releaseQuote(request),
    complete: async (ref, leg) => {
      const mine = open.get(ref.transactionId);
      if (mine === undefined) return ledger.complete(ref, leg);
      const approved = leg.kind === 'approved';
      if (approved) mine.confirmed ??= confirm(mine, leg, options);
      const outcome = await ledger.complete(ref, approved ? await (mine.confirmed as Promise<LegResult>) : leg);
      open.delete(ref.transactionId);
      await note(mine, outcome, ref);
      return outcome;
    },
  };

  /** What became of it is committed: should this fail, whoever looks next finds out. */
  async function note(mine: Open, outcome: Outcome, ref: TransactionRef): Promise<void> {
    try {
      const stands = outcome.rc === '00' || outcome.rc === '10';
      if (stands) await orders.told(mine.id, 'confirmed', clock.now(), true);
      else await orders.later(mine.id, clock.now(), undefined);
    } catch (error) {
      options.log.warn({ transaction: ref.transactionId, error: messageOf(error) }, 'an order is looked at again');
    }
  }
}

const askedOf = ({ settings, digest }: AuthorityClient): Asked => ({ authority: settings.name, digest });

interface About {
  readonly household: string;
  readonly authority: AuthorityClient;
  readonly kind: NewOrder['kind'];
}

/** What the authority says of a request: asked once, whoever repeats it.
 *  @returns `reserved`: the order that this call opened */
async function wordOf(
  request: PurchaseRequest | QuoteRequest,
  pan: string,
  { household, authority, kind }: About,
  options: RemoteOptions,
): Promise<{ readonly word: AuthorityWord; readonly reserved?: Reservation }> {
  const { orders, clock, log, metrics } = options;
  const { name, programme } = authority.settings;
  if (request.stale === true || request.outdated === true) return { word: UNANSWERED }; // the ledger says why, or knows it
  const { totalRials, basket, key, merchant } = request;
  const id = await orders.open(request, { authority: name, programme, kind, household, totalRials });
  if (id === undefined) {
    await awaitFirst(request, options);
    return { word: UNANSWERED };
  }
  const { terminal, stan } = key;
  const said = await authority.inquire({ id, terminal, merchant, stan, totalRials, basket, card: { pan } });
  metrics.said(name, 'inquiry', said.kind === 'said' ? said.value.decision : 'unknown');
  const unused: Reservation = { id, trace: '', voucherRials: 0n };
  if (said.kind === 'unknown') {
    log.warn(
      { authority: name, order: id, terminal, why: said.why },
      'an authority gave no answer: its order is cancelled',
    );
    return { word: UNREACHABLE, reserved: unused };
  }
  const { orderTrace: trace } = said.value;
  if (said.value.decision === 'declined') {
    const { reason } = said.value;
    await orders.declined(id, trace);
    return { word: { rc: declineCode(reason), reason: `authority.${reason}` }, reserved: unused };
  }
  const voucherRials = BigInt(said.value.subsidizedRials);
  const until = clock.now() + Math.min(said.value.reservedSeconds, authority.settings.reserveSeconds) * 1_000;
  await orders.reserved(id, trace, voucherRials, until);
  if (said.value.cardToken !== undefined) await orders.token(household, said.value.cardToken);
  const { balanceRials: left } = said.value;
  const word = { order: id, programme, voucher: String(voucherRials), until, ...(left === undefined ? {} : { left }) };
  return { word, reserved: { id, trace, voucherRials } };
}

/** It does not answer: our books grant what a rule allows, if there is one, under an order of its own, which is presented afterwards; the
 *  one that got no answer is cancelled. Nothing is confirmed meanwhile. */
async function standIn(
  request: PurchaseRequest,
  { household, authority, kind }: About,
  unanswered: string,
  options: RemoteOptions,
): Promise<Decision> {
  const { orders, ledger } = options;
  const { name: ofAuthority, programme } = authority.settings;
  const about = { authority: ofAuthority, programme, kind, household, totalRials: request.totalRials };
  const order = await orders.open(request, about, 'stand-in');
  const word: AuthorityWord = order === undefined ? UNANSWERED : { order, programme, standIn: true };
  const decision = await ledger.purchase({ ...request, authority: word });
  if (order !== undefined && decision.kind !== 'held') await abandon(order, options);
  await abandon(unanswered, options);
  return decision;
}

/** The ledger stores what it answers to the first; a repeat that comes meanwhile waits for that. */
async function awaitFirst(request: PurchaseRequest | QuoteRequest, options: RemoteOptions): Promise<void> {
  const { orders, clock, patienceMs } = options;
  const patience = clock.now() + patienceMs;
  while (!(await orders.isDecided(request)) && clock.now() < patience) await clock.sleep(POLL_MS);
}

async function abandon(id: string, { orders, clock, log }: RemoteOptions): Promise<void> {
  try {
    await orders.abandon(id, clock.now());
  } catch (error) {
    log.warn({ order: id, error: messageOf(error) }, 'an order is cancelled later');
  }
}

/** The authority's last word, once the card has paid. What it does not surely confirm is taken back: here, at the bank, and there. */
async function confirm(
  { id, trace, voucherRials, rrn, stan, authority }: Open,
  leg: LegResult,
  { orders, clock, log, metrics }: RemoteOptions,
): Promise<LegResult> {
  const { name } = authority.settings;
  const doubt = (why: string): LegResult => {
    log.warn({ authority: name, order: id, rrn, why }, 'an authority did not confirm: the purchase is taken back');
    return { kind: 'doubt', rc: '68', why, by: 'authority' };
  };
  if (!(await orders.confirming(id, clock.now()))) return doubt('its order ended meanwhile');
  const said = await authority.confirm(id, trace, rrn, stan, voucherRials);
  metrics.said(name, 'confirm', said.kind === 'said' ? said.value.state : 'unknown');
  if (said.kind === 'unknown') return doubt(said.why);
  const { state, subsidizedRials } = said.value;
  if (state !== 'confirmed') return doubt(`it says ${state}`);
  return subsidizedRials === String(voucherRials) ? leg : doubt(`it confirms ${subsidizedRials ?? 'no'} rials`);
}
