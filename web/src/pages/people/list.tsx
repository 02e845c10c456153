import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Person } from '../../api/people.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const sayCommon = useWords(common);
  const { language } = usePreferences();
  const role = (name: string): string => {
    const key = `role.${name}`;
    return isWord(common, key) ? sayCommon(key) : name;
  };
  const columns: readonly Column<Person>[] = [
    { id: 'login', head: say('login'), cell: ({ login }) => <Ltr>{login}</Ltr> },
    { id: 'name', head: say('name'), cell: ({ nameFa, nameEn }) => (language === 'fa' ? nameFa : nameEn) },
    { id: 'roles', head: say('roles'), cell: ({ roles }) => roles.map(role).join(language === 'fa' ? '، ' : ', ') },
    { id: 'state', head: say('state'), cell: ({ state }) => <StateTag state={state} /> },
    { id: 'since', head: say('since'), cell: ({ madeAt }) => <Moment at={madeAt} precision="minute" /> },
  ];
  return <ListPage<Person> title={say('title')} path="/people" columns={columns} rowKey={({ id }) => id} />;
}

function StateTag({ state }: { readonly state: string }): ReactNode {
  const say = useWords(words);
  const key = `state.${state}`;
  return <Tag tone={state === 'active' ? 'good' : 'plain'}>{isWord(words, key) ? say(key) : state}</Tag>;
}
