import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { SignalLine } from '../../api/shops.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Count, Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const STATES = ['waiting', 'open', 'looked_at', 'dismissed', 'violation'] as const;

export function useSignalState(): (state: string) => string {
  const say = useWords(words);
  return (state) => {
    const key = `state.${state}`;
    return isWord(words, key) ? say(key) : state;
  };
}

export function Page(): ReactNode {
  const say = useWords(words);
  const stateOf = useSignalState();
  const { language } = usePreferences();
  const columns: readonly Column<SignalLine>[] = [
    { id: 'raised', head: say('raisedAt'), cell: ({ raisedAt }) => <Moment at={raisedAt} precision="minute" /> },
    { id: 'rule', head: say('rule'), cell: ({ title }) => <bdi>{title[language]}</bdi> },
    { id: 'day', head: say('day'), cell: ({ day }) => <Day iso={day} /> },
    { id: 'shop', head: say('shop'), cell: ({ name }) => <bdi>{name}</bdi> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'purchases', head: say('purchases'), number: true, cell: ({ purchases }) => <Count of={purchases} /> },
    { id: 'amount', head: say('amount'), number: true, cell: ({ rials }) => <Money rials={rials} /> },
    { id: 'state', head: say('state'), cell: ({ state }) => stateOf(state) },
  ];
  return (
    <ListPage<SignalLine>
      title={say('title')}
      path="/signals"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/signals/${id}`}
      filters={[
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, say(`state.${state}`)]) }, // prettier-ignore
        { kind: 'text', name: 'merchant', label: say('merchant') },
      ]}
    />
  );
}
