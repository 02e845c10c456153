import { List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { keysQuery, type Key, type Keys } from '../../api/engines.ts';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Count, Ltr } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { Age, ageToneOf } from './age.tsx';
import { Algorithm } from './algorithm.tsx';
import { words } from './words.ts';

/** Keys as people may see them: what for, check value, age, and what to do when one is old. Never a key. */
export function Page(): ReactNode {
  const say = useWords(words);
  const shared = useWords(common);
  const { data, error, isPending } = useQuery(keysQuery);
  return (
    <PageFrame
      title={say('title')}
      acts={
        <>
          <Go to="/keys/terminals">{say('terminalKeys')}</Go>
          <Go to="/keys/log">{say('log')}</Go>
        </>
      }
    >
      <Text className="soft">{say('explain')}</Text>
      <ProblemNote error={error} />
      {isPending && <Text>{shared('loading')}</Text>}
      {data !== undefined && <Old {...data} />}
      {data !== undefined && <Shared {...data} />}
      {data !== undefined && <Schemes {...data} />}
    </PageFrame>
  );
}

/** What is old, and what to do about it. */
function Old({ items, terminals, keyDays }: Keys): ReactNode {
  const say = useWords(words);
  const old = items.filter(({ days }) => ageToneOf(days, keyDays) !== 'good');
  const overdue = terminals.reduce((sum, each) => sum + each.overdue, 0);
  if (old.length === 0 && overdue === 0) return <div className="note good">{say('allYoung', { count: keyDays })}</div>;
  return (
    <section className="note bad" aria-label={say('old')}>
      <Text fw={600}>{say('old')}</Text>
      <List>
        {old.map(({ name, days }) => (
          <List.Item key={name}>
            <Ltr>{name}</Ltr> — {say('days', { count: days })}: {say(`todo.${kindOf(name)}`)}
          </List.Item>
        ))}
        {overdue > 0 && (
          <List.Item>
            {say('overdueTerminals', { count: overdue })}: {say('todo.terminal')}
          </List.Item>
        )}
      </List>
    </section>
  );
}

/** What is done about an old key depends on whose it is (docs/keys.md). */
function kindOf(name: string): 'bdk' | 'zmk' | 'other' {
  const [kind] = name.split(':');
  return kind === 'bdk' || kind === 'zmk' ? kind : 'other';
}

function Shared({ items, keyDays }: Keys): ReactNode {
  const say = useWords(words);
  return (
    <>
      <Text component="h2" fw={600}>
        {say('shared')}
      </Text>
      {items.length === 0 ? (
        <Text className="sheet">{say('noShared')}</Text>
      ) : (
        <RowsTable
          label={say('shared')}
          heads={[say('name'), say('usage'), say('algorithm'), say('kcv'), say('age')]}
          rows={items.map((key) => [key.name, ...cellsOf(key), <Age key="age" days={key.days} most={keyDays} />])}
        />
      )}
    </>
  );
}

function cellsOf({ name, usage, algorithm, bits, kcv }: Key): readonly ReactNode[] {
  return [
    <Ltr key="name">{name}</Ltr>,
    <Usage key="usage" usage={usage} />,
    <Algorithm key="algorithm" algorithm={algorithm} bits={bits} />,
    <Ltr key="kcv" hex>
      {kcv}
    </Ltr>,
  ];
}

/** TR-31's letters, and what they say. */
function Usage({ usage }: { readonly usage: string }): ReactNode {
  const say = useWords(words);
  const key = `usage.${usage}`;
  return (
    <>
      <Ltr>{usage}</Ltr> {isWord(words, key) && <span className="soft">{say(key)}</span>}
    </>
  );
}

function Schemes({ terminals, keyDays }: Keys): ReactNode {
  const say = useWords(words);
  const schemeOf = (scheme: string | null): string => {
    const key = `scheme.${scheme ?? 'none'}`;
    return isWord(words, key) ? say(key) : (scheme ?? '');
  };
  return (
    <>
      <Text component="h2" fw={600}>
        {say('byScheme')}
      </Text>
      {terminals.length === 0 ? (
        <Text className="sheet">{say('noTerminals')}</Text>
      ) : (
        <RowsTable
          label={say('byScheme')}
          heads={[say('scheme'), say('terminals'), say('withoutKey'), say('overdue'), say('oldest')]}
          numbers={[1, 2, 3]}
          rows={terminals.map(({ query, scheme, terminals: count, withoutKey, overdue, oldestDays }) => [
            scheme ?? '',
            <span key="scheme">{scheme !== null && <Ltr>{scheme}</Ltr>} {schemeOf(scheme)}</span>, // prettier-ignore
            <Count key="terminals" of={count} query={query} />,
            <Count key="without" of={withoutKey} query={query} />,
            <Count key="overdue" of={overdue} query={query} />,
            oldestDays === null ? '—' : <Age key="oldest" days={oldestDays} most={keyDays} />,
          ])}
        />
      )}
    </>
  );
}
