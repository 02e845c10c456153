import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Rollout } from '../../api/updates.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { UpdateState } from './word.tsx';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const columns: readonly Column<Rollout>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'path', head: say('path'), cell: ({ path }) => <Ltr>{path}</Ltr> },
    { id: 'text', head: say('text'), cell: ({ textFa, textEn }) => <bdi>{language === 'fa' ? textFa : textEn}</bdi> },
    { id: 'state', head: say('state'), cell: ({ state }) => <UpdateState state={state} /> },
    { id: 'step', head: say('step'), cell: ({ step }) => say('stepOf', { step }) },
    { id: 'since', head: say('stepSince'), cell: ({ stepSince }) => <Moment at={stepSince} precision="minute" /> },
    { id: 'proposed', head: say('proposedBy'), cell: ({ proposedBy }) => <bdi>{proposedBy}</bdi> },
    { id: 'released', head: say('releasedBy'), cell: ({ releasedBy }) => <bdi>{releasedBy ?? '—'}</bdi> },
    { id: 'halted', head: say('halted'), cell: ({ haltReason }) => <bdi>{haltReason ?? '—'}</bdi> },
  ];
  return (
    <ListPage<Rollout>
      title={say('rollouts.title')}
      path="/updates/rollouts"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/rollouts/${id}`}
      everyMs={30_000}
    />
  );
}
