import type { MoneyUnit } from '../../field/money-unit.ts';
import { tehran } from '../../ops/clock.ts';
import { localInstant, utcInstant } from '../freshness.ts';
import type { Claim, Mapped, OriginalRef, Refusal, Transaction } from '../transaction.ts';
import type { Source } from '../wire/source.ts';
import { refused, type Asked } from './common.ts';

/** Amounts of a terminal whose unit is not the rial on every day (docs/decisions/0088): DE 49 must say the unit that holds for its
 *  profile on the day of DE 13, and DE 4 counts steps of it. What comes out is in rials, with the unit beside it.
 *  @param unitOn of a profile; the day is ISO */
export function inRials(mapped: Mapped, asked: Asked, s: Source, unitOn: (day: string) => MoneyUnit): Mapped {
  if (mapped.kind === 'refused' || mapped.kind === 'network') return mapped;
  const { now } = s.arrival;
  const day = dayOf(localInstant(mapped.localDate, mapped.localTime, now), now);
  const unit = unitOn(day);
  if (mapped.kind === 'totals' || mapped.kind === 'goods') return scaled(mapped, unit);
  const { declared } = asked;
  const said = declared === undefined ? undefined : declared(s);
  if (said === undefined || said === unit.numeric) return scaled(mapped, unit);
  // What takes something back repeats the amount of its original, which may be of the day before the unit changed.
  const before = 'original' in mapped ? unitOn(originalDay(mapped.original, now)) : unit;
  return said === before.numeric ? scaled(mapped, before) : wrongUnit(asked, unit, day);
}

/** What is in another unit than the terminal's is refused, never guessed at. */
function wrongUnit({ paths }: Asked, unit: MoneyUnit, day: string): Refusal {
  const reason = `not ${unit.numeric} (${unit.alpha}), the unit of this profile on ${day}`;
  return { ...refused('30', paths.currency, reason), isUnit: true };
}

function originalDay({ transmission }: OriginalRef, now: number): string {
  return dayOf(utcInstant(transmission, now), now);
}

function dayOf(at: number | undefined, now: number): string {
  return tehran(at ?? now).isoDate;
}

function scaled(tx: Transaction, unit: MoneyUnit): Transaction {
  const { stepRials: step } = unit;
  switch (tx.kind) {
    case 'purchase':
    case 'quote':
      return { ...tx, unit, totalRials: tx.totalRials * step, basket: tx.basket?.map((line) => ({ ...line, amountRials: line.amountRials * step })) };
    case 'return':
    case 'forward':
    case 'advice':
      return { ...tx, unit, totalRials: tx.totalRials * step };
    case 'reversal':
      return { ...tx, unit, totalRials: tx.totalRials * step, correctedRials: tx.correctedRials && tx.correctedRials * step };
    case 'totals': {
      const { credits, creditReversals, debits, debitReversals, netRials, others } = tx.claimed;
      const of = ({ count, rials }: Claim): Claim => ({ count, rials: rials && rials * step });
      return {
        ...tx,
        unit,
        claimed: { credits: of(credits), creditReversals: of(creditReversals), debits: of(debits), debitReversals: of(debitReversals),
          netRials: netRials && netRials * step, others },
      };
    }
    case 'goods':
    case 'quote-release':
      return { ...tx, unit };
    case 'network':
      return tx;
  }
} // prettier-ignore
