import type { ReactNode } from 'react';
import type { CaseLine } from '../../api/shops.ts';
import { Guild } from '../../components/guild.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { Begin } from './begin.tsx';
import { words } from './words.ts';

export const CASE_STATES = ['DRAFT', 'SUBMITTED', 'CHECKING', 'RETURNED', 'REVIEW_1', 'REVIEW_2', 'APPROVED', 'REFUSED', 'WITHDRAWN', 'LAPSED'] as const; // prettier-ignore
const KINDS = ['application', 'sheba', 'owner', 'address', 'reverify', 'terminal'] as const;
const PARTIES = ['reviewer', 'applicant', 'registry', 'system'] as const;
const TONES: Readonly<Record<string, Tone>> = { APPROVED: 'good', REFUSED: 'bad', RETURNED: 'wait', REVIEW_1: 'wait', REVIEW_2: 'wait' }; // prettier-ignore

/** @returns a word of the API as people call it */
export function useCaseWord(): (kind: string, value: string | null | undefined) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value ?? ''}`;
    return isWord(words, key) ? say(key) : (value ?? '—');
  };
}

export function CaseState({ state }: { readonly state: string }): ReactNode {
  return <Tag tone={TONES[state] ?? 'plain'}>{useCaseWord()('state', state)}</Tag>;
}

export function Page(): ReactNode {
  const say = useWords(words);
  const word = useCaseWord();
  const columns: readonly Column<CaseLine>[] = [
    { id: 'number', head: say('number'), cell: ({ number }) => <Ltr>{number}</Ltr> },
    { id: 'name', head: say('name'), cell: ({ name }) => <bdi>{name}</bdi> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => word('kind', kind) },
    { id: 'guild', head: say('guild'), cell: ({ guild }) => <Guild code={guild} /> },
    { id: 'state', head: say('state'), cell: ({ state }) => <CaseState state={state} /> },
    { id: 'waitsOn', head: say('waitsOn'), cell: ({ waitsOn }) => word('party', waitsOn) },
    { id: 'since', head: say('since'), cell: ({ waitsSince }) => <Moment at={waitsSince} precision="minute" /> },
    { id: 'until', head: say('until'), cell: ({ waitsUntil }) => <Moment at={waitsUntil} precision="minute" /> },
  ];
  return (
    <ListPage<CaseLine>
      title={say('title')}
      path="/cases"
      exports
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/cases/${id}`}
      acts={<Begin />}
      filters={[
        { kind: 'text', name: 'number', label: say('number') },
        { kind: 'choice', name: 'waitsOn', label: say('waitsOn'), options: PARTIES.map((party) => [party, say(`party.${party}`)]) }, // prettier-ignore
        { kind: 'choice', name: 'state', label: say('state'), options: CASE_STATES.map((state) => [state, say(`state.${state}`)]) }, // prettier-ignore
        { kind: 'choice', name: 'kind', label: say('kind'), options: KINDS.map((kind) => [kind, say(`kind.${kind}`)]) },
        { kind: 'choice', name: 'claimed', label: say('claimed'), options: [['mine', say('claimed.mine')], ['free', say('claimed.free')]] }, // prettier-ignore
        { kind: 'choice', name: 'overdue', label: say('overdue'), options: [['true', say('yes')]] },
      ]}
    />
  );
}
