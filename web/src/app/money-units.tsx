import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import type { Static } from 'typebox';
import type { ReadingUnits } from '../../../src/console/api/rules-schemas.ts';
import { RIAL, type MoneyUnit } from '../../../src/field/money-unit.ts';
import { read } from '../api/client.ts';

/** In which units amounts are read today: the rial alone, until the gateway says otherwise. */
let current: readonly MoneyUnit[] = [RIAL];
const listeners = new Set<() => void>();

const follow = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useMoneyUnits(): readonly MoneyUnit[] {
  return useSyncExternalStore(follow, () => current);
}

const HOUR_MS = 3_600_000;
const unitsQuery = queryOptions({
  queryKey: ['/units'],
  queryFn: async ({ signal }) => (await read<Static<typeof ReadingUnits>>('/units', {}, signal)).body.units,
  staleTime: HOUR_MS,
  refetchInterval: HOUR_MS,
});

/** Asks once for everybody who shows an amount. */
export function MoneyUnits(): null {
  const { data } = useQuery(unitsQuery);
  useEffect(() => {
    if (data === undefined || data.length === 0) return;
    current = data.map((unit) => {
      const rials = BigInt(unit.rials);
      return { ...unit, rials, stepRials: rials / 10n ** BigInt(unit.exponent) };
    });
    for (const listener of listeners) listener();
  }, [data]);
  return null;
}
