import type { ReactNode } from 'react';
import type { Leftover } from '../../api/settlement.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { Told } from '../../components/told.tsx';
import { useWords } from '../../words/tongue.ts';
import { useNamed } from './state.tsx';
import { words } from './words.ts';

/** What the bank booked that is about no order of ours. */
export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const columns: readonly Column<Leftover>[] = [
    { id: 'id', head: say('raisedAt'), cell: ({ raisedAt }) => <Moment at={raisedAt} /> },
    { id: 'direction', head: say('direction'), cell: ({ direction }) => named('direction', direction) },
    { id: 'amount', head: say('amount'), number: true, cell: ({ rials }) => <Money rials={rials} /> },
    { id: 'booked', head: say('bookedOn'), cell: ({ bookedOn }) => <Day iso={bookedOn} /> },
    { id: 'shown', head: say('shown'), cell: ({ shown }) => <bdi>{shown}</bdi> },
    { id: 'reason', head: say('why'), cell: ({ reason }) => <Told text={reason} /> },
    { id: 'statement', head: say('file'), cell: ({ statement }) => <Ltr>{statement}</Ltr> },
    { id: 'closed', head: say('closedBy'), cell: ({ closedBy }) => <bdi>{closedBy ?? '—'}</bdi> },
  ];
  return (
    <ListPage<Leftover>
      title={say('leftovers.title')}
      path="/bank-answers/leftovers"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/leftovers/${id}`}
      exports
      filters={[{ kind: 'choice', name: 'state', label: say('state'), options: [['open', say('filter.open')], ['all', say('filter.all')]] }]} // prettier-ignore
    />
  );
}
