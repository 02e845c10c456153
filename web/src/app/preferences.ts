import { useSyncExternalStore } from 'react';
import type { Language } from '../../../src/field/language.ts';
import type { Unit } from '../format/money.ts';

/** How a person likes to read: kept in a cookie of the console's path that no act depends on. Persian first, in rials. */

export interface Preferences {
  readonly language: Language;
  readonly unit: Unit;
  readonly scheme: 'auto' | 'light' | 'dark';
}

const COOKIE = 'kalabarg-look';
const YEAR_S = 31_536_000;

export function parsePreferences(cookies: string): Preferences {
  const [, language, unit, scheme] = new RegExp(`(?:^|;\\s*)${COOKIE}=(fa|en)\\.(rial|toman)\\.(auto|light|dark)`).exec(cookies) ?? []; // prettier-ignore
  return {
    language: language === 'en' ? 'en' : 'fa',
    unit: unit === 'toman' ? 'toman' : 'rial',
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : 'auto',
  };
}

let current = typeof document === 'undefined' ? parsePreferences('') : parsePreferences(document.cookie);
const listeners = new Set<() => void>();

export const preferences = {
  now: (): Preferences => current,
  set(change: Partial<Preferences>): void {
    current = { ...current, ...change };
    const { language, unit, scheme } = current;
    document.cookie = `${COOKIE}=${language}.${unit}.${scheme}; Path=/console; Max-Age=${YEAR_S}; SameSite=Strict`;
    for (const listener of listeners) listener();
  },
  follow: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function usePreferences(): Preferences {
  return useSyncExternalStore(preferences.follow, preferences.now);
}
