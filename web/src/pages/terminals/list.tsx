import type { ReactNode } from 'react';
import { registerTerminal, type Terminal } from '../../api/terminals.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { StateTag, STATES } from './state-tag.tsx';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Terminal>[] = [
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal}</Ltr> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'state', head: say('state'), cell: ({ state }) => <StateTag state={state} /> },
    { id: 'model', head: say('model'), cell: ({ model }) => <Ltr>{model ?? '—'}</Ltr> },
    { id: 'serial', head: say('serial'), cell: ({ serial }) => <Ltr>{serial ?? '—'}</Ltr> },
    { id: 'psp', head: say('psp'), cell: ({ psp }) => psp ?? '—' },
    { id: 'software', head: say('software'), cell: ({ software }) => <Ltr>{software ?? '—'}</Ltr> },
    { id: 'contact', head: say('lastContact'), cell: ({ lastContactAt }) => <Moment at={lastContactAt} /> },
    { id: 'ends', head: say('certificateEnds'), cell: ({ certificateEnds }) => <Moment at={certificateEnds} precision="minute" /> }, // prettier-ignore
  ];
  return (
    <ListPage<Terminal>
      title={say('title')}
      path="/terminals"
      exports
      columns={columns}
      rowKey={({ terminal }) => terminal}
      rowTo={({ terminal }) => `/terminals/${terminal}`}
      acts={<Register />}
      filters={[
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, say(`state.${state}`)]) }, // prettier-ignore
        { kind: 'text', name: 'merchant', label: say('merchant') },
        { kind: 'text', name: 'model', label: say('model') },
        { kind: 'text', name: 'serial', label: say('serial') },
      ]}
    />
  );
}

function Register(): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'register',
    permission: 'terminals:change',
    title: say('register'),
    explain: say('register.explain'),
    ask: [
      { kind: 'text', name: 'merchant', label: say('merchant'), max: 15, ltr: true },
      { kind: 'text', name: 'terminal', label: say('terminal'), max: 8, ltr: true, optional: true },
      { kind: 'text', name: 'model', label: say('model'), max: 60, ltr: true, optional: true },
      { kind: 'text', name: 'serial', label: say('serial'), max: 60, ltr: true, optional: true },
      { kind: 'text', name: 'psp', label: say('psp'), max: 60, optional: true },
      { kind: 'text', name: 'place', label: say('place'), max: 200, optional: true },
    ],
    send: (values, { reason, key }) => registerTerminal({ ...values, reason }, { key }),
  };
  return <FieldActs acts={[act]} />;
}
