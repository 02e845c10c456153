import type { ReactNode } from 'react';
import type { Notice } from '../../api/shops.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const PARTIES = ['shop', 'decider', 'appeal_decider'] as const;

export function useNoticeWord(): (kind: string, value: string | undefined) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value ?? ''}`;
    return isWord(words, key) ? say(key) : (value ?? '—');
  };
}

export function Page(): ReactNode {
  const say = useWords(words);
  const word = useNoticeWord();
  const columns: readonly Column<Notice>[] = [
    { id: 'number', head: say('number'), cell: ({ number }) => <Ltr>{number}</Ltr> },
    { id: 'shop', head: say('shop'), cell: ({ shop }) => <bdi>{shop}</bdi> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'state', head: say('state'), cell: ({ state }) => <Tag tone={state === 'FINAL' ? 'plain' : 'wait'}>{word('state', state)}</Tag> }, // prettier-ignore
    { id: 'sanction', head: say('sanction'), cell: ({ sanction, days }) => `${word('sanction', sanction)}, ${days === null ? say('forGood') : say('days', { days })}` }, // prettier-ignore
    { id: 'waits', head: say('waitsOn'), cell: ({ waiting }) => word('party', waiting?.on) },
    { id: 'until', head: say('until'), cell: ({ waiting }) => <Moment at={waiting?.until} precision="minute" /> },
  ];
  return (
    <ListPage<Notice>
      title={say('title')}
      path="/notices"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/notices/${id}`}
      filters={[
        { kind: 'choice', name: 'waitsOn', label: say('waitsOn'), options: PARTIES.map((party) => [party, say(`party.${party}`)]) }, // prettier-ignore
        { kind: 'text', name: 'merchant', label: say('merchant') },
      ]}
    />
  );
}
