import type { ReactNode } from 'react';
import type { BankAnswer } from '../../api/settlement.ts';
import { Go } from '../../components/go.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Count, Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Files in which banks answered. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<BankAnswer>[] = [
    { id: 'taken', head: say('takenAt'), cell: ({ takenAt }) => <Moment at={takenAt} /> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => <Ltr>{kind}</Ltr> },
    { id: 'identity', head: say('identity'), cell: ({ identity }) => <Ltr>{identity}</Ltr> },
    { id: 'name', head: say('file'), cell: ({ name }) => <Ltr>{name}</Ltr> },
    { id: 'lines', head: say('lineCount'), number: true, cell: ({ lines }) => <Count of={lines} /> },
    { id: 'leftovers', head: say('leftovers'), number: true, cell: ({ leftovers, openLeftovers }) => <span className="whole"><Count of={openLeftovers} />/<Count of={leftovers} /></span> }, // prettier-ignore
  ];
  return (
    <ListPage<BankAnswer>
      title={say('answers.title')}
      path="/bank-answers"
      columns={columns}
      rowKey={({ id }) => id}
      exports
      acts={<Go to="/leftovers">{say('leftoverShow')}</Go>}
    />
  );
}
