import type { ReactNode } from 'react';
import type { PaymentFile } from '../../api/settlement.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Count, Day, Digits, Ltr, Moment, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed } from './state.tsx';
import { words } from './words.ts';

const STATES = ['made', 'written', 'released', 'leaving', 'delivered', 'withdrawn'] as const;

export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const columns: readonly Column<PaymentFile>[] = [
    { id: 'id', head: say('file'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'day', head: say('day'), cell: ({ businessDay }) => <Day iso={businessDay} /> },
    { id: 'rail', head: say('rail'), cell: ({ rail }) => named('rail', rail) },
    { id: 'state', head: say('state'), cell: ({ state }) => <State of={state} /> },
    {
      id: 'orders',
      head: say('orders'),
      number: true,
      cell: ({ orders, query }) => <Count of={orders} query={query} />,
    },
    {
      id: 'amount',
      head: say('amount'),
      number: true,
      cell: ({ rials, query }) => <Money rials={rials} query={query} />,
    },
    { id: 'payOn', head: say('payOn'), cell: ({ payOn, cycle }) => <span className="whole"><Day iso={payOn} /> <Digits>{cycle}</Digits></span> }, // prettier-ignore
    { id: 'maker', head: say('maker'), cell: ({ maker }) => <bdi>{maker}</bdi> },
    { id: 'checker', head: say('checker'), cell: ({ checker }) => <bdi>{checker ?? '—'}</bdi> },
    { id: 'delivered', head: say('deliveredAt'), cell: ({ deliveredAt }) => <Moment at={deliveredAt} /> },
  ];
  return (
    <ListPage<PaymentFile>
      title={say('files.title')}
      path="/payment-files"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/files/${id}`}
      exports
      filters={[
        { kind: 'day', name: 'day', label: say('day') },
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, named('state', state)]) }, // prettier-ignore
      ]}
    />
  );
}
