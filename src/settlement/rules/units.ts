import { unitsOf, type UnitRow, type UnitRows, type UseRow } from '../../field/money-unit.ts';
import type { RulesFile } from './file.ts';

/** What is wrong with all rows of units as they would stand together, by place.
 *  - A unit is worth the same in each of its rows, and shares no code with another.
 *  - Amounts are said in a unit that is lawful, from the day on which they are, for as long as they are.
 *  - The books convert last: from that day on all terminals and payment files are in their unit. */
export function unitFaults(rules: Required<RulesFile>): string[] {
  const { units, terminalUnits, paymentUnits, bookUnits, acquirerUnits } = rules;
  const rows = { units, terminalUnits, paymentUnits, bookUnits, acquirerUnits } as UnitRows;
  return [...worthFaults(rows.units), ...useFaults(rows), ...endFaults(rows), ...bookFaults(rows)];
}

function worthFaults(units: readonly UnitRow[]): string[] {
  const faults: string[] = [];
  for (const [place, row] of units.entries()) {
    if (row.rials % 10 ** row.exponent !== 0)
      faults.push(`units[${place}]: ${row.rials} rials do not divide into steps of ${row.exponent} decimals`);
    const other = units.find(({ unit, rials }) => unit === row.unit && rials !== row.rials);
    if (other !== undefined) faults.push(`units[${place}]: a ${row.unit} is worth ${other.rials} rials in another row`);
    const same = units.find(({ unit, alpha, numeric }) => {
      return unit !== row.unit && (alpha === row.alpha || numeric === row.numeric);
    });
    if (same !== undefined)
      faults.push(`units[${place}]: ${same.unit} has the code ${row.alpha} or ${row.numeric} too`);
  }
  return faults;
}

function useFaults(rows: UnitRows): string[] {
  const lawful = ({ from, in: unit }: UseRow): boolean => {
    return unitsOf(rows).lawful(from).some((each) => each.unit === unit); // prettier-ignore
  };
  return (['terminalUnits', 'paymentUnits', 'bookUnits', 'acquirerUnits'] as const).flatMap((section) =>
    rows[section].flatMap((row, place) =>
      lawful(row) ? [] : [`${section}[${place}]: there is no lawful unit ${row.in} on ${row.from}`],
    ),
  );
}

/** A unit ends only when nothing says amounts in it any more. */
function endFaults(rows: UnitRows): string[] {
  const known = unitsOf(rows);
  const lawful = (unit: string, day: string): boolean => known.lawful(day).some((each) => each.unit === unit);
  return rows.units.flatMap((row, place) => {
    if (row.lawful) return [];
    return usersOn(rows, row.from).flatMap(([who, unit]) =>
      unit === row.unit && !lawful(unit, row.from) ? [`units[${place}]: ${who} still in ${unit} on ${row.from}`] : [],
    );
  });
}

function bookFaults(rows: UnitRows): string[] {
  return rows.bookUnits.flatMap(({ from, in: unit }, place) => {
    const later = [...rows.terminalUnits, ...rows.paymentUnits].filter((row) => row.from > from && row.in !== unit);
    const now = usersOn(rows, from).filter(([who, used]) => used !== unit && who !== 'the books are');
    return [...now.map(([who, used]) => `${who} in ${used}`), ...later.map((row) => `another row begins ${row.from} in ${row.in}`)].map(
      (why) => `bookUnits[${place}]: the books convert last, and on ${from} ${why}`,
    );
  }); // prettier-ignore
}

/** Who says amounts in what on a day. */
function usersOn(rows: UnitRows, day: string): readonly (readonly [who: string, unit: string])[] {
  const known = unitsOf(rows);
  const profiles = new Set(['*', ...rows.terminalUnits.map(({ profile }) => profile)]);
  return [
    ...[...profiles].map((profile) => {
      const unit = known.ofTerminals(profile)?.(day).unit ?? 'rial';
      return [`terminals of ${profile === '*' ? 'all other profiles' : profile} are`, unit] as const;
    }),
    ['payment files are', known.ofPayments(day).unit],
    ['the books are', known.ofBooks(day).unit],
  ];
}
