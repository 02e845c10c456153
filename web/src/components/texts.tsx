import type { ReactNode } from 'react';
import { figuresOf, moneyText } from '../../../src/field/money-text.ts';
import { RIAL, type MoneyUnit } from '../../../src/field/money-unit.ts';
import { useMoneyUnits } from '../app/money-units.tsx';
import { usePreferences } from '../app/preferences.ts';
import { digits, numberOf } from '../format/digits.ts';
import { amountOf, unitOf } from '../format/money.ts';
import { dayOf, lengthOf, momentOf, timeOf, type Precision } from '../format/moment.ts';

/** Small texts that have a direction, a calendar or a unit. */

/** Read from left to right wherever it stands, its digits Latin: numbers of things, hex, Shebas, PANs. */
export function Ltr({ children, hex = false }: { readonly children: ReactNode; readonly hex?: boolean }): ReactNode {
  return (
    <bdi dir="ltr" className={hex ? 'hex' : undefined}>
      {children}
    </bdi>
  );
}

/** A card, a Sheba or a mobile as the API masked it; what is not there is a dash. */
export function Masked({ children }: { readonly children: string | null | undefined }): ReactNode {
  return children === null || children === undefined ? '—' : <bdi dir="ltr" className="whole">{children.replaceAll('*', '•')}</bdi>; // prettier-ignore
}

interface MoneyProps {
  /** As the API writes them; null: there is none. */
  readonly rials: string | bigint | null | undefined;
  /** False in a column whose head names the unit. */
  readonly unit?: boolean;
  /** Of a total: the query that it comes from, as the API names it. */
  readonly query?: string | undefined;
}

/** An amount in the reader's unit, and in what else one may pay with today; the other one when they point at it. */
export function Money({ rials, unit: named = true, query }: MoneyProps): ReactNode {
  const looks = usePreferences();
  const [first = RIAL, ...others] = useMoneyUnits();
  if (rials === null || rials === undefined) return '—';
  const other = { ...looks, unit: looks.unit === 'rial' ? 'toman' : 'rial' } as const;
  return (
    <span className="whole" data-query={query} title={`${amountOf(other, rials)} ${unitOf(other)}`}>
      <bdi dir="ltr">
        {first.unit === RIAL.unit ? amountOf(looks, rials) : figuresOf(BigInt(rials), first, looks.language)}
      </bdi>
      {named && ` ${first.unit === RIAL.unit ? unitOf(looks) : nameIn(first, looks.language)}`}
      {others.map((unit) => (
        <small
          key={unit.unit}
          className="soft"
        >{` = ${unit.unit === RIAL.unit ? `${amountOf(looks, rials)} ${unitOf(looks)}` : moneyText(BigInt(rials), unit, looks.language)}`}</small>
      ))}
    </span>
  );
}

function nameIn({ nameFa, nameEn }: MoneyUnit, language: 'fa' | 'en'): string {
  return language === 'fa' ? nameFa : nameEn;
}

interface MomentProps {
  /** ISO 8601, UTC; null: never. */
  readonly at: string | null | undefined;
  readonly precision?: Precision;
  /** Without its day. */
  readonly time?: boolean;
}

/** A moment in Tehran, in the reader's calendar; as ISO when they point at it. */
export function Moment({ at, precision = 'second', time = false }: MomentProps): ReactNode {
  const { language } = usePreferences();
  if (at === null || at === undefined) return '—';
  return (
    <time dateTime={at} title={at} className="whole">
      <bdi dir="ltr">{(time ? timeOf : momentOf)(language, at, precision)}</bdi>
    </time>
  );
}

/** A business day or a date, ISO from the API. */
export function Day({ iso }: { readonly iso: string | null | undefined }): ReactNode {
  const { language } = usePreferences();
  if (iso === null || iso === undefined) return '—';
  return (
    <time dateTime={iso} title={iso} className="whole">
      <bdi dir="ltr">{dayOf(language, iso)}</bdi>
    </time>
  );
}

export function Length({ ms }: { readonly ms: number }): ReactNode {
  return lengthOf(usePreferences().language, ms);
}

interface CountProps {
  readonly of: number;
  readonly places?: number;
  /** Of a total: the query that it comes from, as the API names it. */
  readonly query?: string | undefined;
}

/** A count or a rate. */
export function Count({ of, places = 0, query }: CountProps): ReactNode {
  const { language } = usePreferences();
  return (
    <bdi dir="ltr" data-query={query}>
      {numberOf(language, of, places)}
    </bdi>
  );
}

/** Digits of a number that is no amount and no name: «پردازهٔ ۳». */
export function Digits({ children }: { readonly children: string | number }): ReactNode {
  return digits(usePreferences().language, children);
}
