import type { ReactNode } from 'react';
import type { Ending } from '../../api/updates.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { useUpdateWord } from './word.tsx';
import { words } from './words.ts';

const KINDS = ['server-certificate', 'authority', 'revocation-list', 'terminal-certificate', 'master-key', 'shared-key', 'licence', 'update-role', 'minimum-version'] as const; // prettier-ignore

/** Certificates, lists, keys, licences and roles that end soon. */
export function Page(): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const columns: readonly Column<Ending>[] = [
    { id: 'name', head: say('name'), cell: ({ name }) => <Ltr>{name}</Ltr> },
    { id: 'what', head: say('kind'), cell: ({ what }) => word('what', what) },
    { id: 'ends', head: say('endsAt'), cell: ({ endsAt }) => <Moment at={endsAt} precision="minute" /> },
    { id: 'within', head: say('within'), cell: ({ within }) => <Tag tone={within === 0 ? 'bad' : within <= 30 ? 'wait' : 'plain'}>{within === 0 ? say('ended') : say('withinDays', { days: within })}</Tag> }, // prettier-ignore
  ];
  return (
    <ListPage<Ending>
      title={say('endings.title')}
      path="/endings"
      columns={columns}
      rowKey={({ what, name }) => `${what} ${name}`}
      filters={[
        { kind: 'choice', name: 'what', label: say('kind'), options: KINDS.map((each) => [each, word('what', each)]) },
        { kind: 'choice', name: 'withinDays', label: say('within'), options: ['7', '30', '90', '365'].map((days) => [days, say('withinDays', { days: Number(days) })]) }, // prettier-ignore
      ]}
    />
  );
}
