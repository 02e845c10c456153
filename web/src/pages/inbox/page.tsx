import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { inboxQuery, type Inbox } from '../../api/overview.ts';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Tag } from '../../components/tag.tsx';
import { Told } from '../../components/told.tsx';
import { Day, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { pathOfTarget } from '../targets.ts';
import { words } from './words.ts';

/** What waits for who is signed in, the most urgent first, and why. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { data, error } = useQuery(inboxQuery);
  return (
    <PageFrame title={say('title')}>
      <ProblemNote error={error} />
      {data !== undefined && data.count === 0 && <Text className="note good">{say('none')}</Text>}
      {data !== undefined && data.count > 0 && (
        <Text data-query={data.query}>
          {say('count', { count: data.count })}
          {data.overdue > 0 && ` · ${say('overdue', { count: data.overdue })}`}
        </Text>
      )}
      {data?.groups.map((group) => (
        <Kind key={group.kind} {...group} />
      ))}
    </PageFrame>
  );
}

function Kind({ why, count, overdue, items }: Inbox['groups'][number]): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  return (
    <section className="sheet">
      <Group justify="space-between">
        <Text component="h2" fw={600}>
          {why[language]}
        </Text>
        <Group gap="xs">
          <Tag>{say('count', { count })}</Tag>
          {overdue > 0 && <Tag tone="bad">{say('overdue', { count: overdue })}</Tag>}
        </Group>
      </Group>
      <div className="scroll" tabIndex={0}>
        <table className="list fit">
          <thead>
            <tr>
              <th scope="col">{say('what')}</th>
              <th scope="col">{say('since')}</th>
              <th scope="col">{say('due')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <Item key={`${item.target.type} ${item.target.id}`} {...item} />
            ))}
          </tbody>
        </table>
      </div>
      {count > items.length && <Text className="soft">{say('more', { count: count - items.length })}</Text>}
    </section>
  );
}

/** A class of a break, a sentence of the system, or a name that people gave. */
function Label({ of }: { readonly of: string }): ReactNode {
  const say = useWords(words);
  const key = `label.${of}`;
  return isWord(words, key) ? say(key) : <Told text={of} />;
}

/** People know these by the number that they are called by, not by that of the row. */
const NUMBERED = ['case', 'complaint', 'notice'];

function Item({ target, label, since, due, overdue }: Inbox['groups'][number]['items'][number]): ReactNode {
  const say = useWords(words);
  const path = pathOfTarget(target.type, target.id);
  const numbered = NUMBERED.includes(target.type) && label !== '';
  const name = (
    <>
      {!numbered && (target.type === 'business-day' ? <Day iso={target.id} /> : <bdi dir="ltr">{target.id}</bdi>)}{' '}
      {label !== target.id && <Label of={label} />}
    </>
  );
  return (
    <tr>
      <td>{path === undefined ? name : <Go to={path}>{name}</Go>}</td>
      <td>
        <Moment at={since} precision="minute" />
      </td>
      <td>
        <Moment at={due} precision="minute" /> {overdue && <Tag tone="bad">{say('late')}</Tag>}
      </td>
    </tr>
  );
}
