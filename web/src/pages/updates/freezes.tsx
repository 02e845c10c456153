import type { ReactNode } from 'react';
import { endFreeze, makeFreeze, type Freeze } from '../../api/updates.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { dayFromToday } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { UpdateState } from './word.tsx';
import { words } from './words.ts';

/** Days in which nothing is installed or widened: one person makes them, who may approve ends them before their time. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Freeze>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'from', head: say('from'), cell: ({ from }) => <Moment at={from} precision="minute" /> },
    { id: 'until', head: say('until'), cell: ({ until }) => <Moment at={until} precision="minute" /> },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason}</bdi> },
    { id: 'by', head: say('madeBy'), cell: ({ madeBy }) => <bdi>{madeBy}</bdi> },
    { id: 'state', head: say('state'), cell: ({ state }) => <UpdateState state={state} /> },
    { id: 'acts', head: say('what'), cell: (freeze) => <End freeze={freeze} /> },
  ];
  return (
    <ListPage<Freeze>
      title={say('freezes.title')}
      path="/updates/freezes"
      columns={columns}
      rowKey={({ id }) => id}
      acts={<Make />}
    />
  );
}

function Make(): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'freeze',
    permission: 'updates:stop',
    title: say('freeze'),
    explain: say('freeze.explain'),
    ask: [{ kind: 'day', name: 'until', label: say('until'), from: dayFromToday(1) }],
    send: ({ until = '' }, { reason, key }) =>
      makeFreeze({ until: new Date(`${until}T00:00:00+03:30`).toISOString(), reason }, { key }),
  };
  return <FieldActs acts={[act]} />;
}

function End({ freeze }: { readonly freeze: Freeze }): ReactNode {
  const say = useWords(words);
  const { id, state } = freeze;
  const open = state === 'now' || state === 'coming';
  return <FieldActs small acts={[open && { id: 'end', permission: 'updates:approve', title: say('thaw'), danger: true, ask: [], send: (_, { reason, key }) => endFreeze(id, reason, { key }) }]} />; // prettier-ignore
}
