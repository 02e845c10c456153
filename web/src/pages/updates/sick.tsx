import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Sick } from '../../api/updates.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Count, Ltr } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Terminals whose traffic says that something is wrong, and what to do. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const columns: readonly Column<Sick>[] = [
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal}</Ltr> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'model', head: say('model'), cell: ({ model }) => <Ltr>{model ?? '—'}</Ltr> },
    { id: 'psp', head: say('psp'), cell: ({ psp }) => psp ?? '—' },
    { id: 'rule', head: say('rule'), cell: ({ rule }) => <Ltr>{rule}</Ltr> },
    { id: 'value', head: say('value'), number: true, cell: ({ value }) => <Count of={value} places={2} /> },
    { id: 'threshold', head: say('threshold'), number: true, cell: ({ threshold }) => <Count of={threshold} places={2} /> }, // prettier-ignore
    { id: 'todo', head: say('todo'), cell: ({ todo }) => todo[language] },
  ];
  return (
    <ListPage<Sick>
      title={say('sick.title')}
      path="/terminals/sick"
      columns={columns}
      rowKey={({ terminal, rule }) => `${terminal} ${rule}`}
      rowTo={({ terminal }) => `/terminals/${terminal}`}
      filters={[{ kind: 'day', name: 'day', label: say('when') }]}
    />
  );
}
