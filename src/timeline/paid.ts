import type { Portion } from '../settlement/shop/index.ts';
import type { DayState, Facts, Order } from './facts.ts';
import { PAYING_BANK, maskedSheba, person, step, waits, type Step, type Waiting } from './step.ts';

/** From the books to the shop's Sheba: business day, net, order, release, file, the bank's answer. Pure. */

export function paidSteps(facts: Facts, now: number): Step[] {
  const { row, day, pay, orders } = facts;
  if (row.kind === 'forward' || row.kind === 'quote' || row.kind === 'release' || row.kind === 'advice') return [];
  if (day === undefined || facts.postings.length === 0) return [];
  const steps = [dayStep(day), ...netSteps(day)];
  if (pay === undefined) return steps;
  for (const order of orders) steps.push(...orderSteps(order));
  const { at } = pay;
  if (at === undefined) return steps;
  const waiting = waitingOf(at, now, facts);
  if (at.stage === 'paid') return steps;
  return [
    ...steps,
    step('credited', 'credited.open', {
      actor: PAYING_BANK,
      outcome: 'open',
      facts: {
        rials: String(pay.rials),
        stage: at.stage,
        cause: at.cause?.code,
        of: at.cause?.of,
        due: iso(pay.day.due),
      },
      ...(waiting === undefined ? {} : { waiting }),
    }),
  ];
}

const iso = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

function dayStep({ day, closedAt }: DayState): Step {
  return step('business-day', closedAt === null ? 'day.open' : 'day.closed', {
    at: closedAt,
    outcome: closedAt === null ? 'open' : 'done',
    facts: { businessDay: day },
  });
}

/** Of the shop's day as a whole: a purchase is paid with its net. */
function netSteps(day: DayState): Step[] {
  const { closedAt, purchases, outcome, maker, begunAt, madeAt, error, state } = day;
  if (closedAt === null) return [];
  const key =
    purchases === null || outcome === null
      ? 'net.open'
      : (`net.${outcome as 'pay' | 'carry' | 'hold' | 'zero'}` as const);
  return [
    step('netting', key, {
      at: madeAt ?? begunAt,
      actor: maker === null ? person('gateway') : person(maker),
      outcome: key === 'net.open' ? (error === null ? 'open' : 'failed') : outcome === 'hold' ? 'failed' : 'done',
      facts: {
        batch: day.day,
        clearing: state,
        purchases,
        purchaseRials: day.purchaseRials,
        returnRials: day.returnRials,
        reversalRials: day.reversalRials,
        feeRials: day.feeRials,
        carriedRials: day.carriedRials,
        netRials: day.netRials,
        outcome,
        reason: day.reason,
        error,
      },
    }),
  ];
}

function orderSteps(order: Order): Step[] {
  const { id, file, position, rials, rail, state, reason, sheba, shebaNow, name, payOn, cycle, maker, madeAt } = order;
  const held = state === 'held';
  const made = step('order', held ? 'order.held' : 'order.made', {
    at: held ? order.changedAt : madeAt,
    actor: person(maker),
    outcome: held ? 'failed' : 'done',
    facts: {
      order: id,
      file,
      position,
      rials,
      rail,
      sheba: maskedSheba(sheba),
      shebaNow: shebaNow === null || shebaNow === sheba ? null : maskedSheba(shebaNow),
      name,
      payOn,
      cycle,
      businessDay: order.day,
      reason: held ? reason : null,
    },
  });
  return held ? [made] : [made, releaseStep(order), ...deliverySteps(order), ...answerSteps(order)];
}

function releaseStep({ releasedAt, maker, checker, day, file, writtenAt, sha256 }: Order): Step {
  const done = releasedAt !== null;
  return step('release', done ? 'release.done' : 'release.open', {
    at: releasedAt,
    actor: person(checker ?? 'gateway'),
    outcome: done ? 'done' : 'open',
    ...(done && writtenAt !== null ? { durationMs: Math.max(0, Math.round(releasedAt - writtenAt)) } : {}),
    facts: { businessDay: day, file, maker, checker, sha256 },
  });
}

function deliverySteps({ releasedAt, leavingAt, deliveredAt, file, orders, fileRials }: Order): Step[] {
  if (releasedAt === null) return [];
  const key = deliveredAt !== null ? 'delivery.done' : leavingAt !== null ? 'delivery.doubt' : 'delivery.open';
  return [
    step('delivery', key, {
      at: deliveredAt,
      outcome: deliveredAt !== null ? 'done' : leavingAt !== null ? 'failed' : 'open',
      ...(deliveredAt === null ? {} : { durationMs: Math.max(0, Math.round(deliveredAt - releasedAt)) }),
      facts: { file, orders, rials: fileRials, leavingAt: iso(leavingAt) },
    }),
  ];
}

function answerSteps(order: Order): Step[] {
  const { state, reason, changedAt, answer, answerKind, deliveredAt, id, rials, sheba } = order;
  if (deliveredAt === null && state === 'sent') return [];
  if (state === 'made') return [];
  const blocked = reason === 'BLCK';
  const key =
    state === 'paid'
      ? 'answer.paid'
      : state === 'returned'
        ? 'answer.returned'
        : blocked
          ? 'answer.blocked'
          : 'answer.open';
  const said = step('bank-answer', key, {
    at: state === 'sent' ? null : changedAt,
    actor: PAYING_BANK,
    outcome: state === 'paid' ? 'done' : state === 'returned' ? 'refused' : blocked ? 'failed' : 'open',
    ...(deliveredAt === null || state === 'sent'
      ? {}
      : { durationMs: Math.max(0, Math.round(changedAt - deliveredAt)) }),
    facts: { order: id, state, reason, file: answer, kind: answerKind },
  });
  if (state !== 'paid') return [said];
  return [
    said,
    step('credited', 'credited.done', {
      at: changedAt,
      actor: PAYING_BANK,
      facts: { order: id, rials, sheba: maskedSheba(sheba) },
    }),
  ];
}

/** Whom the money of a sale waits on; undefined: it is paid, or moved on. */
export function waitingOf(
  at: Portion,
  now: number,
  { row, orders, breaks }: Pick<Facts, 'row' | 'orders' | 'breaks'>,
): Waiting | undefined {
  const { waitsOn, since, until, stage, cause, order } = at;
  if (waitsOn === undefined || since === undefined) return undefined;
  const found = orders.find(({ id }) => id === order?.id);
  if (stage === 'sending' && found !== undefined && found.leavingAt !== null && found.deliveredAt === null)
    return waits('operator', { since: found.leavingAt, until, can: 'operator.delivery' }, now);
  const owner = cause?.code === 'not_explained' ? breaks.find(({ id }) => id === cause.of)?.owner : undefined;
  const can =
    waitsOn === 'operator'
      ? stage === 'checking'
        ? 'operator.release'
        : cause?.code === 'not_explained'
          ? 'operator.break'
          : cause?.code === 'disputed'
            ? 'operator.dispute'
            : 'operator'
      : waitsOn === 'bank'
        ? cause?.code === 'bank_blocked'
          ? 'bank.blocked'
          : 'bank'
        : waitsOn === 'shop' && (stage === 'small' || stage === 'owing')
          ? 'shop.sells'
          : waitsOn;
  // of a day that was opened in the evening before, it waits since it was bought
  return waits(waitsOn, { since: since > now ? row.at : since, until, who: owner, can }, now);
}
