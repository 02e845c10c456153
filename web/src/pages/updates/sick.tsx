import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Sick } from '../../api/updates.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Count, Ltr } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { useUpdateWord } from './word.tsx';
import { words } from './words.ts';

/** Terminals whose traffic says that something is wrong, and what to do. */
export function Page(): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const { language } = usePreferences();
  const columns: readonly Column<Sick>[] = [
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal}</Ltr> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'model', head: say('model'), cell: ({ model }) => <Ltr>{model ?? '—'}</Ltr> },
    { id: 'psp', head: say('psp'), cell: ({ psp }) => psp ?? '—' },
    { id: 'rule', head: say('rule'), cell: ({ rule }) => word('rule', rule) },
    {
      id: 'value',
      head: say('value'),
      number: true,
      cell: ({ rule, value }) => <Measured rule={rule} value={value} />,
    },
    { id: 'threshold', head: say('threshold'), number: true, cell: ({ rule, threshold }) => <Measured rule={rule} value={threshold} /> }, // prettier-ignore
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

/** A figure in the unit of its rule. */
function Measured({ rule, value }: { readonly rule: string; readonly value: number }): ReactNode {
  const word = useUpdateWord();
  return (
    <span className="whole">
      <Count of={value} places={2} /> {word('unit', rule)}
    </span>
  );
}
