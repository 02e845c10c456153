import type { ReactNode } from 'react';
import type { BusinessDay } from '../../api/settlement.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Count, Day, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed } from './state.tsx';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const columns: readonly Column<BusinessDay>[] = [
    { id: 'day', head: say('day'), cell: ({ businessDay }) => <Day iso={businessDay} /> },
    { id: 'state', head: say('state'), cell: ({ state }) => <State of={state} /> },
    { id: 'progress', head: say('progress'), cell: ({ steps }) => <Progress steps={steps} /> },
    {
      id: 'files',
      head: say('files'),
      number: true,
      cell: ({ files }) => <Count of={files.files} query={files.query} />,
    },
    {
      id: 'orders',
      head: say('orders'),
      number: true,
      cell: ({ files }) => <Count of={files.orders} query={files.query} />,
    },
    {
      id: 'amount',
      head: say('amount'),
      number: true,
      cell: ({ files }) => <Money rials={files.rials} query={files.query} />,
    },
    {
      id: 'paid',
      head: say('paid'),
      number: true,
      cell: ({ answers }) => <Count of={answers?.paid ?? 0} query={answers?.query} />,
    },
    { id: 'returned', head: say('returned'), number: true, cell: ({ answers }) => <Count of={answers?.returned ?? 0} query={answers?.query} /> }, // prettier-ignore
    {
      id: 'breaks',
      head: say('openBreaks'),
      number: true,
      cell: ({ breaks }) => <Count of={breaks.open} query={breaks.query} />,
    },
    { id: 'waits', head: say('waitsOn'), cell: ({ waiting }) => (waiting === null ? '—' : named('party', waiting.on)) },
  ];
  return (
    <ListPage<BusinessDay>
      title={say('days.title')}
      path="/business-days"
      columns={columns}
      rowKey={({ businessDay }) => businessDay}
      rowTo={({ businessDay }) => `/days/${businessDay}`}
      exports
      everyMs={15_000}
    />
  );
}

/** How far each flow is: a mark a step, with the name of the step that comes next. */
function Progress({ steps }: { readonly steps: BusinessDay['steps'] }): ReactNode {
  const named = useNamed();
  const done = steps.filter((step) => step.done);
  const next = steps.find((step) => !step.done);
  const text = next === undefined ? named('state', 'settled') : named('state', next.step);
  return (
    <span className="whole">
      <span aria-hidden="true">{steps.map((step) => (step.done ? '●' : '○')).join('')}</span> <Count of={done.length} />
      /<Count of={steps.length} /> {text}
    </span>
  );
}
