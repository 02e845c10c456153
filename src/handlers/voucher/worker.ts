import type { Clock } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { Loop } from '../../ops/repeat.ts';
import { backoffMs } from '../../net/link/index.ts';
import type { AuthorityClient, Said } from './client.ts';
import type { AuthorityMetrics } from './metrics.ts';
import type { DueOrder, OrderBook, Told } from './orders.ts';
import type { Standing } from './protocol.ts';

export interface WorkerOptions {
  readonly orders: OrderBook;
  readonly authorities: readonly AuthorityClient[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: AuthorityMetrics;
  /** An order of which our books know nothing is left alone so long: whoever asked may still be at it. */
  readonly patienceMs: number;
  readonly pollMs?: number;
  readonly retry?: { readonly baseMs: number; readonly capMs: number };
  /** An order about which something is to be told for longer is an alarm (default 60 s). */
  readonly alarmMs?: number;
}

const AT_ONCE = 32;
const SPARE_MS = 5_000;
/** What our books have not decided yet is looked at again after so long. */
const UNDECIDED_MS = 2_000;

/** Tells authorities what our books came to, until they have it: nothing is ever dropped for age or attempts. What is to be told follows
 *  from the books (decisions.authority_wants), so any copy can go on with what another left. */
export function followOrders(options: WorkerOptions): Loop {
  const { orders, authorities, clock, log, pollMs = 500, patienceMs } = options;
  const longest = Math.max(0, ...authorities.map(({ settings }) => settings.timeoutMs));
  const telling: Telling = { ...options, isApproved: approvals(options) };
  const round = async (stopping: AbortSignal): Promise<void> => {
    while (!stopping.aborted) {
      const due = await orders.claim(AT_ONCE, 2 * longest + SPARE_MS, patienceMs, clock.now());
      await Promise.all(due.map((order) => follow(order, telling)));
      if (due.length < AT_ONCE) return;
    }
  };
  return clock.every(pollMs, round, {
    first: 'now',
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'orders of authorities cannot be followed up; it is tried again');
    },
  });
}

/** Once it is, it stays so. */
function approvals({ orders }: WorkerOptions): Telling['isApproved'] {
  const approved = new Set<string>();
  return async ({ settings, digest }) => {
    if (!approved.has(digest) && (await orders.isApproved({ authority: settings.name, digest }))) approved.add(digest);
    return approved.has(digest);
  };
}

async function follow(order: DueOrder, options: Telling): Promise<void> {
  const { orders, clock, log, random } = options;
  const { baseMs, capMs } = options.retry ?? { baseMs: 500, capMs: 60_000 };
  try {
    const came = await tell(order, options);
    if (came.kind === 'undecided') await orders.later(order.id, clock.now() + UNDECIDED_MS, undefined);
    else if (came.kind === 'told') await orders.told(order.id, came.told, clock.now(), true);
    else {
      const ageMs = clock.now() - order.askedAt;
      const facts = {
        authority: order.authority,
        order: order.id,
        wants: order.wants,
        attempts: order.attempts,
        ageMs,
        why: came.why,
      };
      if (ageMs >= (options.alarmMs ?? 60_000))
        log.error(facts, 'ALARM: an authority has not taken what became of an order');
      else log.warn(facts, 'an authority has not taken yet what became of an order');
      await orders.later(order.id, clock.now() + backoffMs(order.attempts, baseMs, capMs, random), came.why);
    }
  } catch (error) {
    // Its lease ends, and it comes again: every act may be repeated.
    log.error({ order: order.id, error: messageOf(error) }, 'what became of an order cannot be written');
  }
}

type Came =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'told'; readonly told: Told }
  | { readonly kind: 'again'; readonly why: string };

interface Telling extends WorkerOptions {
  readonly isApproved: (authority: AuthorityClient) => Promise<boolean>;
}

async function tell(order: DueOrder, options: Telling): Promise<Came> {
  const { wants, told } = order;
  if (wants === null) return { kind: 'undecided' };
  if (wants === 'nothing' || wants === told) return { kind: 'told', told };
  const authority = options.authorities.find(({ settings }) => settings.name === order.authority);
  if (authority === undefined) return { kind: 'again', why: `${order.authority} is not in authorities.yaml any more` };
  if (!(await options.isApproved(authority)))
    return { kind: 'again', why: `two persons have not approved ${order.authority} as authorities.yaml has it` };
  switch (wants) {
    case 'presented':
      return present(order, authority, options);
    case 'confirmed':
      return confirmAgain(order, authority, options);
    case 'cancelled':
      return takeBack(order, authority, 'cancel', options);
    case 'reversed':
      return takeBack(order, authority, 'reverse', options);
  }
}

/** What our books granted while it did not answer: asked for, and confirmed, as far as it gives it. What it refuses is our loss, counted and
 *  alarmed; the goods are gone. */
async function present(order: DueOrder, authority: AuthorityClient, options: WorkerOptions): Promise<Came> {
  const { id, voucherRials, terminal, merchant, stan, rrn } = order;
  const { orders, clock } = options;
  if (order.told === 'confirming') {
    const stands = await authority.status(id); // its confirmation may have been made, and not heard
    count(stands, 'status', order, options);
    if (stands.kind === 'unknown') return { kind: 'again', why: stands.why };
    const { state, subsidizedRials } = stands.value;
    if (state === 'confirmed')
      return ended(order, BigInt(subsidizedRials ?? 0), `it confirms ${subsidizedRials ?? 0}`, options);
    if (state !== 'reserved') return ended(order, 0n, `it says ${state}`, options);
  }
  const token = await orders.tokenOf(id);
  if (token === undefined) return ended(order, 0n, 'it has no name for the card', options);
  const asked = { id, terminal, merchant, stan, totalRials: voucherRials, basket: undefined, card: { token } };
  const said = await authority.inquire(asked);
  options.metrics.said(order.authority, 'inquiry', said.kind === 'said' ? said.value.decision : 'unknown');
  if (said.kind === 'unknown') return { kind: 'again', why: said.why };
  if (said.value.decision === 'declined') return ended(order, 0n, said.value.reason, options);
  const given = BigInt(said.value.subsidizedRials);
  const { orderTrace: trace, reservedSeconds } = said.value;
  await orders.reserved(id, trace, voucherRials, clock.now() + reservedSeconds * 1_000);
  if (!(await orders.confirming(id, clock.now()))) return { kind: 'again', why: 'its order changed meanwhile' };
  const confirmed = await authority.confirm(id, trace, rrn, stan, given);
  count(confirmed, 'confirm', order, options);
  if (confirmed.kind === 'unknown') return { kind: 'again', why: confirmed.why };
  const { state } = confirmed.value;
  return state === 'confirmed'
    ? ended(order, given, 'it gives less', options)
    : { kind: 'again', why: `it says ${state}` };
}

async function ended(
  order: DueOrder,
  given: bigint,
  why: string,
  { orders, clock, log }: WorkerOptions,
): Promise<Came> {
  const { id, authority, rrn, voucherRials } = order;
  const refusedRials = given < voucherRials ? voucherRials - given : 0n;
  await orders.presented(id, refusedRials, refusedRials > 0n ? why : undefined, clock.now());
  if (refusedRials > 0n)
    log.error(
      { authority, order: id, rrn, refusedRials, why },
      'ALARM: an authority refuses what was granted in its place',
    );
  return { kind: 'told', told: given > 0n ? 'confirmed' : 'refused' };
}

/** It stands in our books, and whoever heard the confirmation could not write so. */
async function confirmAgain(order: DueOrder, authority: AuthorityClient, options: WorkerOptions): Promise<Came> {
  const { id, trace, rrn, stan, voucherRials } = order;
  const said = await authority.confirm(id, trace, rrn, stan, voucherRials);
  count(said, 'confirm', order, options);
  if (said.kind === 'unknown') return { kind: 'again', why: said.why };
  const { state, subsidizedRials } = said.value;
  if (state === 'confirmed' && subsidizedRials === String(voucherRials)) return { kind: 'told', told: 'confirmed' };
  if (state === 'reserved') return { kind: 'again', why: 'it still says reserved' };
  return refused(order, `it says ${state} of ${subsidizedRials ?? 'no'} rials, and the purchase stands`, options);
}

/** Cancels what was reserved, or reverses what was confirmed: whichever it turns out to be. */
async function takeBack(
  order: DueOrder,
  authority: AuthorityClient,
  act: 'cancel' | 'reverse',
  options: WorkerOptions,
  isOther = false,
): Promise<Came> {
  const said = await authority[act](order.id);
  count(said, act, order, options);
  if (said.kind === 'unknown') return { kind: 'again', why: said.why };
  const { state, reason } = said.value;
  switch (state) {
    case 'cancelled':
    case 'lapsed':
    case 'unknown':
      return { kind: 'told', told: state === 'lapsed' ? 'lapsed' : 'cancelled' };
    case 'reversed':
      return { kind: 'told', told: 'reversed' };
    case 'confirmed':
      if (act === 'cancel' && !isOther) return takeBack(order, authority, 'reverse', options, true);
      if (reason === undefined) return { kind: 'again', why: 'it still says confirmed' };
      return refused(order, `it does not reverse: ${reason}`, options);
    case 'reserved':
      if (act === 'reverse' && !isOther) return takeBack(order, authority, 'cancel', options, true);
      return { kind: 'again', why: 'it still says reserved' };
  }
}

/** A person settles it with the authority; its daily list shows it as a break. */
function refused({ authority, id, rrn }: DueOrder, why: string, { log }: WorkerOptions): Came {
  log.error({ authority, order: id, rrn, why }, 'ALARM: an authority and our books differ for good');
  return { kind: 'told', told: 'refused' };
}

function count(said: Said<Standing>, act: string, { authority }: DueOrder, { metrics }: WorkerOptions): void {
  metrics.said(authority, act, said.kind === 'said' ? said.value.state : 'unknown');
}
