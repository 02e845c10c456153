import type { ReactNode } from 'react';
import type { KeyAct } from '../../api/engines.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Who did what with keys, the newest first. */
export function Page(): ReactNode {
  const say = useWords(words);
  const whatOf = (what: string): ReactNode => {
    const key = `act.${what}`;
    return isWord(words, key) ? say(key) : <Ltr>{what}</Ltr>;
  };
  const columns: readonly Column<KeyAct>[] = [
    { id: 'at', head: say('at'), cell: ({ at }) => <Moment at={at} /> },
    { id: 'what', head: say('what'), cell: ({ what }) => whatOf(what) },
    { id: 'name', head: say('name'), cell: ({ name }) => <Ltr>{name}</Ltr> },
    { id: 'kcv', head: say('kcv'), cell: ({ kcv }) => <Ltr hex>{kcv}</Ltr> },
    { id: 'people', head: say('people'), cell: ({ people }) => <bdi>{people.join('، ')}</bdi> },
  ];
  return <ListPage<KeyAct> title={say('log')} path="/keys/log" columns={columns} rowKey={({ id }) => id} />;
}
