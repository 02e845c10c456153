import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ReplayReport } from '../../api/engines.ts';
import { RowsTable } from '../../components/rows.tsx';
import { Count, Length, Ltr } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** What became of a replay: which answers are other than they were, element by element. */
export function Replayed({ to, different, items, notes, tookMs }: ReplayReport): ReactNode {
  const say = useWords(words);
  const rows = items.flatMap(({ number, title, differences }) =>
    differences.map((each, at) => ({ number, title, each, at })),
  );
  return (
    <section aria-label={say('replayed')} className="sheet" role="status">
      <Text component="h2" fw={600}>{say('replayed')}</Text>
      <div className={`note ${different === 0 ? 'good' : 'bad'}`}>
        {different === 0 ? say('replayed.same', { count: items.length }) : say('replayed.different', { count: different })}{' '}
        <Ltr>{to}</Ltr> · <Length ms={Math.round(tookMs)} />
      </div>
      {notes.map((note) => (
        <Text key={note} size="sm" className="soft"><bdi dir="ltr">{note}</bdi></Text>
      ))}
      {rows.length > 0 && (
        <RowsTable
          label={say('replayed')}
          heads={[say('number'), say('request'), say('field'), say('name'), say('expected'), say('actual')]}
          rows={rows.map(({ number, title, each, at }) => [
            `${number} ${each.path}`,
            at > 0 ? '' : <Count key="number" of={number} />,
            at > 0 ? '' : <Ltr key="title">{title}</Ltr>,
            <Ltr key="path">{each.path}</Ltr>,
            <Ltr key="name">{each.name}</Ltr>,
            <Ltr key="expected" hex>{each.expected ?? '—'}</Ltr>,
            <Ltr key="actual" hex>{each.actual ?? '—'}</Ltr>,
          ])}
        />
      )}
    </section>
  ); // prettier-ignore
}
