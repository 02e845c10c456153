import { PAGES } from './registry.ts';

/** Where a thing of the API has its page: what hits, alarms and the inbox name by type and id. */
const ONE: Readonly<Record<string, string>> = {
  transaction: '/transactions/$',
  terminal: '/terminals/$',
  shop: '/shops/$',
  household: '/households/$',
  'payment-file': '/files/$',
  complaint: '/complaints/$',
  case: '/cases/$',
  break: '/breaks/$',
  doubt: '/doubts/$',
  'business-day': '/days/$',
  'bank-answer': '/leftovers/$',
  rollout: '/rollouts/$',
  notice: '/notices/$',
  signal: '/signals/$',
  device: '/devices/$',
  // which a list has no page of its own for each of
  minimum: '/minimums',
  release: '/releases',
  'settlement-rules': '/settlement-rules',
  'credit-window': '/programmes',
  'household-move': '/household-moves',
  'credit-authority': '/authorities',
  'stand-in-rule': '/stand-in-rules',
  'stand-in': '/stand-ins',
};
const LISTS: Readonly<Record<string, string>> = { 'business-days': '/days', 'bank-answers': '/leftovers' };

/** @param id undefined: the list of them
 *  @returns undefined: it has no page */
export function pathOfTarget(type: string, id?: string | null): string | undefined {
  const wanted = id === undefined || id === null ? (LISTS[type] ?? `/${type}`) : (ONE[type] ?? `/${type}/$`);
  const page = PAGES.find(({ path }) => path.replace(/\$\w+/g, '$') === wanted);
  if (page === undefined) return undefined;
  return id === undefined || id === null ? page.path : page.path.replace(/\$\w+$/, () => encodeURIComponent(id));
}
