import type { ReactNode } from 'react';
import type { Read } from '../../api/client.ts';
import { actOnCase, fillItem, readCase, type Case } from '../../api/shops.ts';
import { FieldActs, type Field, type FieldAct } from '../../components/field-acts.tsx';
import { useWords } from '../../words/tongue.ts';
import { useCaseWord } from './list.tsx';
import { words } from './words.ts';

/** What a clerk does for an applicant who comes in person or calls. */

/** What is typed for each item; the rules say of what is wrong. */
const FIELDS = {
  guild_licence: ['number', 'issuer', 'issued', 'ends'],
  owner_identity: ['nationalId', 'name'],
  tax_code: ['code'],
  sheba: ['sheba'],
  mobile: ['number'],
  address: ['postalCode', 'text'],
  terminal: ['wish', 'serial'],
  terms: ['version'],
} as const;
type Entered = keyof typeof FIELDS;
const DAYS: readonly string[] = ['issued', 'ends'];
const WISHES = ['own', 'new'] as const;

export function EnterActs({ seen }: { readonly seen: Read<Case> }): ReactNode {
  const say = useWords(words);
  const word = useCaseWord();
  const { id, state, waiting } = seen.body;
  const act = (what: 'submit' | 'withdraw' | 'reopen', after: string): FieldAct<Case> => ({
    id: what,
    permission: 'shops:enter',
    title: say(what),
    seen,
    readAgain: () => readCase(id),
    ask: [],
    danger: what === 'withdraw',
    lines: (now) => [{ what: say('state'), before: word('state', now.state), after: word('state', after) }],
    send: (_, { reason, etag, key }) => actOnCase(id, what, reason, { etag, key }),
  });
  const here = waiting?.on === 'applicant';
  const ended = ['APPROVED', 'REFUSED', 'WITHDRAWN', 'LAPSED'].includes(state);
  return <FieldActs acts={[here && act('submit', 'SUBMITTED'), !ended && act('withdraw', 'WITHDRAWN'), state === 'LAPSED' && act('reopen', 'DRAFT')]} />; // prettier-ignore
}

/** The applicant has something to do there. */
export function isOwed({ waiting }: Case, { state }: Case['items'][number]): boolean {
  return waiting?.on === 'applicant' && ['due', 'failed', 'expired', 'submitted', 'unknown'].includes(state);
}

/** Types an item that the applicant still owes. */
export function Enter({ seen, item }: { readonly seen: Read<Case>; readonly item: Case['items'][number] }): ReactNode {
  const say = useWords(words);
  const { id } = seen.body;
  if (!isOwed(seen.body, item)) return null;
  if (!(item.code in FIELDS)) return null;
  const code = item.code as Entered;
  const ask = FIELDS[code].map((name): Field =>
    name === 'wish'
      ? { kind: 'choice', name, label: say(`field.${name}`), options: WISHES.map((wish) => [wish, say(`wish.${wish}`)]) }
      : DAYS.includes(name)
        ? { kind: 'day', name, label: say(`field.${name}`) }
        : { kind: 'text', name, label: say(`field.${name}`), max: 500, ...(name === 'serial' ? { optional: true } : {}) },
  ); // prettier-ignore
  const typed = Object.entries(item.value ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])); // prettier-ignore
  return <FieldActs small acts={[{ id: code, permission: 'shops:enter', title: say('enter'), seen, readAgain: () => readCase(id), reason: 'none', ask, start: Object.fromEntries(typed) as Record<string, string>, send: (value, { etag, key }) => fillItem(id, code, value, { etag, key }) }]} />; // prettier-ignore
}
