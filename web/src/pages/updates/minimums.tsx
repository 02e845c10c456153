import type { ReactNode } from 'react';
import { actOnMinimum, type Minimum } from '../../api/updates.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { UpdateState, useUpdateWord } from './word.tsx';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const columns: readonly Column<Minimum>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'path', head: say('path'), cell: ({ path }) => <Ltr>{path}</Ltr> },
    { id: 'component', head: say('component'), cell: ({ component }) => word('component', component) },
    { id: 'state', head: say('state'), cell: ({ state }) => <UpdateState state={state} /> },
    { id: 'from', head: say('refuseFrom'), cell: ({ refuseFrom }) => <Moment at={refuseFrom} precision="minute" /> },
    { id: 'notice', head: say('noticeDays'), cell: ({ noticeDays }) => say('days', { days: noticeDays }) },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason}</bdi> },
    { id: 'proposed', head: say('proposedBy'), cell: ({ proposedBy }) => <bdi>{proposedBy}</bdi> },
    {
      id: 'approved',
      head: say('approvedBy'),
      cell: ({ approvedBy }) => <bdi>{approvedBy ?? '—'}</bdi>,
    },
    { id: 'acts', head: say('what'), cell: (minimum) => <Acts minimum={minimum} /> },
  ];
  return (
    <ListPage<Minimum>
      title={say('minimums.title')}
      path="/updates/minimums"
      columns={columns}
      rowKey={({ id }) => id}
    />
  );
}

function Acts({ minimum }: { readonly minimum: Minimum }): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const { id, state } = minimum;
  const become = (after: string) => () => [{ what: say('state'), before: word('state', state), after: word('state', after) }]; // prettier-ignore
  const seen = { body: minimum, etag: undefined };
  const acts: readonly (NamedAct<Minimum> | false)[] = [
    state === 'proposed' && { id: 'approve', permission: 'updates:approve', title: say('approveMinimum'), seen, lines: become('notice'), danger: true, send: ({ reason, key }) => actOnMinimum(id, 'approval', reason, { key }) }, // prettier-ignore
    state !== 'ended' && { id: 'end', permission: 'updates:stop', title: say('endMinimum'), seen, lines: become('ended'), send: ({ reason, key }) => actOnMinimum(id, 'end', reason, { key }) }, // prettier-ignore
  ];
  return <ActsBar acts={acts} small />;
}
