import { useQuery } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { ReactNode } from 'react';
import type { DoubtPage } from '../../../../src/console/api/settlement-schemas.ts';
import { read } from '../../api/client.ts';
import type { Doubt } from '../../api/settlement.ts';
import { Facts } from '../../components/facts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Count, Ltr, Moment, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed } from './state.tsx';
import { words } from './words.ts';

/** What we and the bank may see differently, the oldest first. */
export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const columns: readonly Column<Doubt>[] = [
    { id: 'since', head: say('since'), cell: ({ since }) => <Moment at={since} /> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => <State of={kind} kind="kind" /> },
    { id: 'rrn', head: say('rrn'), cell: ({ rrn }) => <Ltr>{rrn}</Ltr> },
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal}</Ltr> },
    { id: 'amount', head: say('amount'), number: true, cell: ({ rials }) => <Money rials={rials} /> },
    { id: 'attempts', head: say('attempts'), number: true, cell: ({ attempts }) => <Count of={attempts} /> },
    { id: 'why', head: say('why'), cell: ({ why }) => <bdi>{why ?? '—'}</bdi> },
    { id: 'next', head: say('nextAt'), cell: ({ nextAt }) => <Moment at={nextAt} /> },
    { id: 'owner', head: say('owner'), cell: ({ owner }) => <bdi>{owner}</bdi> },
  ];
  return (
    <ListPage<Doubt>
      title={say('doubts.title')}
      path="/doubts"
      columns={columns}
      rowKey={({ id, rrn, terminal }) => id ?? `${rrn} ${terminal}`}
      rowTo={({ id, rrn }) => (id === null ? `/transactions?rrn=${rrn}` : `/doubts/${id}`)}
      exports
      everyMs={10_000}
      filters={[
        { kind: 'choice', name: 'kind', label: say('kind'), options: (['advice', 'refused', 'held'] as const).map((kind) => [kind, named('kind', kind)]) }, // prettier-ignore
        { kind: 'text', name: 'owner', label: say('owner') },
      ]}
    >
      <Counts />
    </ListPage>
  );
}

function Counts(): ReactNode {
  const named = useNamed();
  const say = useWords(words);
  const { data } = useQuery({
    queryKey: ['/doubts', 'counts'],
    queryFn: async () => (await read<Static<typeof DoubtPage>>('/doubts', { limit: 1 })).body.counts,
    refetchInterval: 10_000,
  });
  if (data === undefined || data.length === 0) return null;
  return (
    <div className="sheet">
      <Facts
        rows={data.map(({ kind, count, oldest, query }) => [
          named('kind', kind),
          <span key={kind} data-query={query}>
            {say('count', { count })} <Moment at={oldest} />
          </span>,
        ])}
      />
    </div>
  );
}
