import { Button, NativeSelect, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { jobsQuery, type Job, type JobPage } from '../../api/engines.ts';
import { Go } from '../../components/go.tsx';
import type { ListSearch } from '../../components/list-search.ts';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Count, Day, Digits, Ltr, Moment } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const STATES = ['active', 'waiting', 'waiting-children', 'delayed', 'failed', 'completed'] as const;
const TONES: Readonly<Record<string, Tone>> = { failed: 'bad', completed: 'good', delayed: 'wait', active: 'wait' };

/** The queues of settlement: how many jobs are in each state, which failed and why. What may be done with them is on the board. */
export function Page(): ReactNode {
  const say = useWords(words);
  const shared = useWords(common);
  const { state } = useSearch({ strict: false, select: (all) => all as ListSearch });
  const navigate = useNavigate();
  const known = STATES.find((each) => each === state);
  const { data, error, isPending } = useQuery(jobsQuery(known));
  const board = (
    <Button component="a" variant="default" href="/console/jobs/">
      {say('board')}
    </Button>
  );
  return (
    <PageFrame title={say('title')} acts={data !== undefined && board}>
      <Text className="soft">{say('explain')}</Text>
      <ProblemNote error={error} />
      {isPending && <Text>{shared('loading')}</Text>}
      {data !== undefined && <Counts {...data} />}
      {data !== undefined && (
        <>
          <NativeSelect
            label={say('state')}
            maw="16rem"
            value={known ?? ''}
            data={[{ value: '', label: shared('list.any') }, ...STATES.map((each) => ({ value: each, label: say(`state.${each}`) }))]}
            onChange={({ currentTarget: { value } }) => { void navigate({ to: '.', search: value === '' ? {} : { state: value } }); }}
          />
          <Jobs items={data.items} />
        </>
      )}
    </PageFrame>
  ); // prettier-ignore
}

function Counts({ query, counts, backend }: JobPage): ReactNode {
  const say = useWords(words);
  const failed = counts['failed'] ?? 0;
  return (
    <>
      {failed > 0 && (
        <div className="note bad" role="status">
          {say('failed', { count: failed })} <Go to="/queues?state=failed">{say('failed.show')}</Go>
        </div>
      )}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
        {STATES.map((state) => (
          <Go key={state} to={`/queues?state=${state}`} className="sheet tile">
            <Text size="sm" component="span">
              {say(`state.${state}`)}
            </Text>
            <div className="figure">
              <Count of={counts[state] ?? 0} query={query} />
            </div>
          </Go>
        ))}
      </SimpleGrid>
      <Text size="sm" className="soft">
        {say('backend')} <Ltr>{backend}</Ltr>
      </Text>
    </>
  );
}

function Jobs({ items }: { readonly items: readonly Job[] }): ReactNode {
  const say = useWords(words);
  if (items.length === 0) return <Text className="sheet">{say('none')}</Text>;
  return (
    <RowsTable
      label={say('title')}
      heads={[say('step'), say('day'), say('shard'), say('state'), say('attempts'), say('at'), say('why'), say('id')]}
      numbers={[4]}
      rows={items.map((job) => [
        `${job.state} ${job.id}`,
        <Word key="step" kind="step" value={job.step} />,
        job.businessDay === null ? '—' : <Go key="day" to={`/days/${job.businessDay}`}><Day iso={job.businessDay} /></Go>,
        job.shard === null ? '—' : <Digits key="shard">{job.shard}</Digits>,
        <Tag key="state" tone={TONES[job.state] ?? 'plain'}><Word kind="state" value={job.state} /></Tag>,
        <Count key="attempts" of={job.attempts} />,
        <Moment key="at" at={job.at} />,
        job.error === null ? '—' : <bdi key="why" dir="ltr">{job.error}</bdi>,
        <Ltr key="id">{job.id}</Ltr>,
      ])}
    />
  ); // prettier-ignore
}

function Word({ kind, value }: { readonly kind: 'step' | 'state'; readonly value: string }): ReactNode {
  const say = useWords(words);
  const key = `${kind}.${value}`;
  return isWord(words, key) ? say(key) : <Ltr>{value}</Ltr>;
}
