import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { keysQuery, type TerminalKey } from '../../api/engines.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { Age } from './age.tsx';
import { Algorithm } from './algorithm.tsx';
import { words } from './words.ts';

/** Master keys of terminals by terminal, with the age of their session keys. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { data } = useQuery(keysQuery);
  const most = data?.keyDays ?? Number.POSITIVE_INFINITY;
  const columns: readonly Column<TerminalKey>[] = [
    { id: 'terminal', head: say('terminal'), cell: ({ name }) => <Ltr>{terminalOf(name)}</Ltr> },
    {
      id: 'algorithm',
      head: say('algorithm'),
      cell: ({ algorithm, bits }) => <Algorithm algorithm={algorithm} bits={bits} />,
    },
    { id: 'kcv', head: say('kcv'), cell: ({ kcv }) => <Ltr hex>{kcv}</Ltr> },
    { id: 'age', head: say('age'), cell: ({ days }) => <Age days={days} most={most} /> },
    { id: 'session', head: say('sessionAge'), cell: ({ sessionDays }) => (sessionDays === null ? say('noSession') : say('days', { count: sessionDays })) }, // prettier-ignore
  ];
  return (
    <ListPage<TerminalKey>
      title={say('terminalKeys')}
      path="/keys/terminals"
      columns={columns}
      rowKey={({ name }) => name}
      rowTo={({ name }) => `/terminals/${terminalOf(name)}`}
    />
  );
}

function terminalOf(name: string): string {
  return name.replace(/^terminal:/, '');
}
