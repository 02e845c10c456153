import { Spoiler } from '@mantine/core';
import type { Static } from 'typebox';
import type { ReactNode } from 'react';
import type { AuditPage } from '../../../../src/console/api/schemas.ts';
import { ChangeList } from '../../components/change-list.tsx';
import { Go } from '../../components/go.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Day, Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { pathOfTarget } from '../targets.ts';
import { words } from './words.ts';

type Row = Static<typeof AuditPage>['items'][number];

/** Who did what, the newest first: rows that no role at work can change. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Row>[] = [
    { id: 'at', head: say('at'), cell: ({ at }) => <Moment at={at} /> },
    { id: 'actor', head: say('actor'), cell: ({ actor }) => <bdi>{actor}</bdi> },
    { id: 'act', head: say('act'), cell: ({ act }) => <Act act={act} /> },
    { id: 'object', head: say('object'), cell: ({ object }) => <About object={object} /> },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason ?? '—'}</bdi> },
    { id: 'change', head: say('change'), cell: ({ before, after }) => <Change before={before} after={after} /> },
    { id: 'request', head: say('request'), cell: ({ requestId }) => <Ltr>{requestId?.slice(0, 8) ?? '—'}</Ltr> },
  ];
  return (
    <ListPage<Row>
      title={say('title')}
      path="/audit"
      exports
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

/** In words; as the audit has it, for the filter, when somebody points at it. */
function Act({ act }: { readonly act: string }): ReactNode {
  const say = useWords(words);
  const [noun = '', verb = ''] = act.split('.');
  const [about, done] = [`noun.${noun}`, `verb.${verb}`];
  if (!isWord(words, about) || !isWord(words, done)) return <Ltr>{act}</Ltr>;
  return (
    <span title={act} className="whole">
      {say(about)}: {say(done)}
    </span>
  );
}

/** A kind and its number. */
function About({ object }: { readonly object: string }): ReactNode {
  const say = useWords(words);
  const [, kind = '', id = ''] = /^([a-z-]+):(.*)$/s.exec(object) ?? [];
  const key = `noun.${kind}`;
  if (!isWord(words, key)) return <Ltr>{object}</Ltr>;
  const told = /^\d{4}-\d\d-\d\d$/.test(id) ? <Day iso={id} /> : <Ltr>{id}</Ltr>;
  const path = kind === 'clearing' ? `/days/${id}` : pathOfTarget(kind === 'merchant' ? 'shop' : kind, id);
  return (
    <span title={object} className="whole">
      {say(key)} {path === undefined ? told : <Go to={path}>{told}</Go>}
    </span>
  );
}

function Change({ before, after }: { readonly before: unknown; readonly after: unknown }): ReactNode {
  if ((before ?? after ?? null) === null) return '—';
  return (
    <Spoiler maxHeight={66} showLabel="…" hideLabel="×">
      <ChangeList before={before} after={after} />
    </Spoiler>
  );
}
