import type { ReactNode } from 'react';
import type { Break } from '../../api/settlement.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Day, Ltr, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed } from './state.tsx';
import { words } from './words.ts';

const CLASSES = ['AMOUNT_DIFF', 'ONLY_US', 'ONLY_ACQUIRER', 'STATUS_DIFF', 'LATE', 'DUPLICATE', 'SHEBA_DIFF', 'CREDIT_SHORT', 'UNEXPLAINED'] as const; // prettier-ignore

export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const columns: readonly Column<Break>[] = [
    { id: 'id', head: '#', cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'class', head: say('class'), cell: (row) => named('class', row.class) },
    { id: 'state', head: say('state'), cell: ({ state }) => <State of={state} /> },
    { id: 'age', head: say('age'), cell: ({ ageDays, alarm }) => <span className="whole">{say('ageDays', { days: ageDays })} {alarm && <Tag tone="bad">{say('alarm')}</Tag>}</span> }, // prettier-ignore
    { id: 'date', head: say('settlementDate'), cell: ({ settlementDate }) => <Day iso={settlementDate} /> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal}</Ltr> },
    { id: 'rrn', head: say('rrn'), cell: ({ rrn }) => <Ltr>{rrn}</Ltr> },
    { id: 'amount', head: say('amount'), number: true, cell: ({ rials }) => <Money rials={rials} /> },
    { id: 'owner', head: say('owner'), cell: ({ owner }) => <bdi>{owner ?? '—'}</bdi> },
    { id: 'proposed', head: say('proposal'), cell: ({ post, proposedBy }) => (post === null ? '—' : <><span>{named('post', post)}</span> · <bdi>{proposedBy}</bdi></>) }, // prettier-ignore
  ];
  return (
    <ListPage<Break>
      title={say('breaks.title')}
      path="/breaks"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/breaks/${id}`}
      exports
      filters={[
        { kind: 'choice', name: 'state', label: say('state'), options: [['unresolved', say('unresolved')], ['open', named('state', 'open')], ['proposed', named('state', 'proposed')], ['resolved', named('state', 'resolved')], ['all', say('filter.all')]] }, // prettier-ignore
        { kind: 'choice', name: 'class', label: say('class'), options: CLASSES.map((each) => [each, named('class', each)]) }, // prettier-ignore
        { kind: 'day', name: 'day', label: say('day') },
        { kind: 'text', name: 'merchant', label: say('merchant') },
        { kind: 'text', name: 'owner', label: say('owner') },
        { kind: 'choice', name: 'alarm', label: say('onlyAlarm'), options: [['true', say('yes')]] },
      ]}
    />
  );
}
