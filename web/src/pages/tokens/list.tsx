import { Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useMe } from '../../app/session.tsx';
import { makeToken, removeToken, type Token } from '../../api/tokens.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { dayFromToday } from '../../format/moment.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** As src/people/roles.ts has them: what wants a fresh proof, no token gives. */
const FRESH: readonly string[] = ['money:approve', 'updates:approve', 'keys:change', 'people:change'];

/** With what I am signed in, and what my programs have: everybody's own. */
export function Page(): ReactNode {
  const say = useWords(words);
  const [made, setMade] = useState<string>();
  const kindOf = (kind: string): string => {
    const key = `kind.${kind}`;
    return isWord(words, key) ? say(key) : kind;
  };
  const columns: readonly Column<Token>[] = [
    { id: 'name', head: say('name'), cell: ({ name, kind }) => <bdi>{name === '' ? kindOf(kind) : name}</bdi> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => kindOf(kind) },
    { id: 'scopes', head: say('scopes'), cell: ({ scopes, kind }) => (kind === 'token' ? <Ltr>{scopes.join(', ')}</Ltr> : '—') }, // prettier-ignore
    { id: 'made', head: say('madeAt'), cell: ({ madeAt }) => <Moment at={madeAt} precision="minute" /> },
    { id: 'used', head: say('usedAt'), cell: ({ usedAt }) => <Moment at={usedAt} precision="minute" /> },
    { id: 'ends', head: say('expiresAt'), cell: ({ expiresAt }) => <Moment at={expiresAt} precision="minute" /> },
    { id: 'acts', head: say('acts'), cell: (token) => <Remove token={token} /> },
  ];
  return (
    <ListPage<Token> title={say('title')} path="/tokens" columns={columns} rowKey={({ id }) => id} acts={<Make onMade={setMade} />}>
      {made !== undefined && (
        <div className="note wait" role="status">
          <Text>{say('made')}</Text>
          <Text fw={700} style={{ overflowWrap: 'anywhere' }}>
            <Ltr>{made}</Ltr>
          </Text>
        </div>
      )}
    </ListPage>
  ); // prettier-ignore
}

function Make({ onMade }: { readonly onMade: (token: string) => void }): ReactNode {
  const say = useWords(words);
  const { permissions } = useMe();
  const act: FieldAct<unknown> = {
    id: 'make',
    title: say('make'),
    explain: say('make.explain'),
    reason: 'none',
    ask: [
      { kind: 'text', name: 'name', label: say('name'), max: 100 },
      {
        kind: 'many',
        name: 'scopes',
        label: say('scopes'),
        options: permissions.filter((each) => !FRESH.includes(each)).map((each) => [each, each]),
      },
      { kind: 'day', name: 'until', label: say('until'), from: dayFromToday(1), until: dayFromToday(729) },
    ],
    send: async ({ name, scopes = '', until = '' }, { key }) => {
      const expiresAt = new Date(`${until}T00:00:00+03:30`).toISOString();
      const { token } = await makeToken({ name, scopes: scopes.split(' '), expiresAt }, { key });
      if (token !== undefined) onMade(token);
    },
  };
  return <FieldActs acts={[act]} />;
}

function Remove({ token }: { readonly token: Token }): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'remove',
    title: say('remove'),
    explain: say(token.kind === 'token' ? 'remove.token' : 'remove.session'),
    reason: 'none',
    danger: true,
    ask: [],
    send: (_, { key }) => removeToken(token.id, key),
  };
  return <FieldActs small acts={[act]} />;
}
