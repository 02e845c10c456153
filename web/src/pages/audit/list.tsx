import { Spoiler } from '@mantine/core';
import type { Static } from 'typebox';
import type { ReactNode } from 'react';
import type { AuditPage } from '../../../../src/console/api/schemas.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

type Row = Static<typeof AuditPage>['items'][number];

/** Who did what, the newest first: rows that no role at work can change. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Row>[] = [
    { id: 'at', head: say('at'), cell: ({ at }) => <Moment at={at} /> },
    { id: 'actor', head: say('actor'), cell: ({ actor }) => <bdi>{actor}</bdi> },
    { id: 'act', head: say('act'), cell: ({ act }) => <Ltr>{act}</Ltr> },
    { id: 'object', head: say('object'), cell: ({ object }) => <Ltr>{object}</Ltr> },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason ?? '—'}</bdi> },
    { id: 'change', head: say('change'), cell: ({ before, after }) => <Change before={before} after={after} /> },
    { id: 'request', head: say('request'), cell: ({ requestId }) => <Ltr>{requestId?.slice(0, 8) ?? '—'}</Ltr> },
  ];
  return (
    <ListPage<Row>
      title={say('title')}
      path="/audit"
      columns={columns}
      rowKey={({ seq }) => seq}
      filters={[
        { kind: 'text', name: 'act', label: say('act') },
        { kind: 'text', name: 'object', label: say('object') },
        { kind: 'text', name: 'actor', label: say('actorId') },
      ]}
    />
  );
}

function Change({ before, after }: { readonly before: unknown; readonly after: unknown }): ReactNode {
  const shown = [before, after]
    .filter((each) => each !== null && each !== undefined)
    .map((each) => JSON.stringify(each));
  if (shown.length === 0) return '—';
  return (
    <Spoiler maxHeight={44} showLabel="…" hideLabel="×">
      <Ltr>{shown.join(' → ')}</Ltr>
    </Spoiler>
  );
}
