import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { registriesQuery, type Registry } from '../../api/engines.ts';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Tag } from '../../components/tag.tsx';
import { Count, Moment } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { Name, REGISTRIES } from './name.tsx';
import { words } from './words.ts';

/** The registries that say whether what shops typed holds: which are asked, since when, how they answer, what is unknown. */
export function Page(): ReactNode {
  const say = useWords(words);
  const shared = useWords(common);
  const { data, error, isPending } = useQuery(registriesQuery);
  return (
    <PageFrame title={say('title')} acts={<Go to="/registries/answers">{say('answers')}</Go>}>
      <Text className="soft">{say('explain')}</Text>
      <ProblemNote error={error} />
      {isPending && <Text>{shared('loading')}</Text>}
      {data !== undefined && <Silent items={data.items} />}
      {data !== undefined && <All items={data.items} />}
    </PageFrame>
  );
}

interface ItemsProps {
  readonly items: readonly Registry[];
}

/** Those that are asked and say nothing of use. */
function Silent({ items }: ItemsProps): ReactNode {
  const say = useWords(words);
  const silent = items.filter(({ asked, silentSince }) => asked && silentSince !== null);
  if (silent.length === 0) return null;
  return (
    <section className="note bad" role="status">
      {silent.map(({ code, silentSince, waiting }) => (
        <div key={code}>
          <strong>
            <Name code={code} />
          </strong>{' '}
          {say('silentSince')} <Moment at={silentSince} precision="minute" />{' '}
          {waiting > 0 && say('waitingItems', { count: waiting })}
        </div>
      ))}
      <Text size="sm">{say('silent.todo')}</Text>
    </section>
  );
}

function All({ items }: ItemsProps): ReactNode {
  const say = useWords(words);
  const rows = REGISTRIES.map((code) => items.find((each) => each.code === code) ?? neverAsked(code));
  return (
    <RowsTable
      label={say('title')}
      heads={[say('registry'), say('state'), say('since'), say('answeredAt'), say('yes'), say('no'), say('unknown'), say('waiting'), say('asks')]}
      numbers={[4, 5, 6, 7]}
      rows={rows.map((row) => [
        row.code,
        <Name key="name" code={row.code} />,
        <State key="state" {...row} />,
        row.since === '' ? '—' : <Moment key="since" at={row.since} precision="minute" />,
        <Moment key="answered" at={row.answeredAt} precision="minute" />,
        <Answers key="yes" code={row.code} verdict="yes" count={row.yes} query={row.query} />,
        <Answers key="no" code={row.code} verdict="no" count={row.no} query={row.query} />,
        <Answers key="unknown" code={row.code} verdict="unknown" count={row.unknown} query={row.query} />,
        <Count key="waiting" of={row.waiting} query={row.query} />,
        <Asks key="asks" code={row.code} />,
      ])}
    />
  ); // prettier-ignore
}

/** One that no copy ever had in its settings: its items go to a reviewer. */
function neverAsked(code: string): Registry {
  return {
    query: 'registry-answers',
    code,
    asked: false,
    since: '',
    answeredAt: null,
    silentSince: null,
    yes: 0,
    no: 0,
    unknown: 0,
    waiting: 0,
  };
}

function State({ asked, silentSince, answeredAt }: Registry): ReactNode {
  const say = useWords(words);
  if (!asked) return <Tag>{say('state.notAsked')}</Tag>;
  if (silentSince !== null) return <Tag tone="bad">{say('state.silent')}</Tag>;
  return <Tag tone="good">{say(answeredAt === null ? 'state.asked' : 'state.answers')}</Tag>;
}

interface AnswersProps {
  readonly code: string;
  readonly verdict: string;
  readonly count: number;
  readonly query: string;
}

function Answers({ code, verdict, count, query }: AnswersProps): ReactNode {
  if (count === 0) return <Count of={0} query={query} />;
  return (
    <Go to={`/registries/answers?registry=${code}&verdict=${verdict}`}>
      <Count of={count} query={query} />
    </Go>
  );
}

function Asks({ code }: { readonly code: string }): ReactNode {
  const say = useWords(words);
  const key = `asks.${code}`;
  return isWord(words, key) ? say(key) : '—';
}
