import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Read } from '../../api/client.ts';
import { actOnRollout, readRollout, rolloutQuery, type WholeRollout } from '../../api/updates.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Told } from '../../components/told.tsx';
import { Count, Ltr, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { UpdateState, useUpdateWord } from './word.tsx';
import { words } from './words.ts';

const DEVICES = ['had', 'confirmed', 'failed', 'underWay', 'waiting', 'unknown'] as const;
const MEASURES = ['terminals', 'purchases', 'approved', 'reversed', 'gaps', 'macFailures', 'silent'] as const;

export function Page(): ReactNode {
  const say = useWords(words);
  const id = useParam('rollout');
  const { data, error } = useQuery(rolloutQuery(id));
  return (
    <PageFrame title={say('rollout.title', { id })} acts={data !== undefined && <Acts seen={data} />}>
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(rollout: WholeRollout): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  return (
    <>
      {rollout.haltReason !== null && (
        <div className="note bad">
          <bdi>{rollout.haltReason}</bdi>
        </div>
      )}
      <div className="sheet">
        <Facts
          rows={[
            [say('path'), <Ltr key="path">{rollout.path}</Ltr>],
            [say('state'), <UpdateState key="state" state={rollout.state} />],
            [say('step'), say('stepOf', { step: rollout.step })],
            [say('stepSince'), <Moment key="since" at={rollout.stepSince} />],
            [say('closedDays'), <Count key="days" of={rollout.closedDays} />],
            [say('next'), word('next', rollout.next)],
            [say('why'), rollout.why.length === 0 ? '—' : <ul key="why">{rollout.why.map((each) => <li key={each}><Told text={each} /></li>)}</ul>], // prettier-ignore
            [say('proposedBy'), <bdi key="proposed">{rollout.proposedBy}</bdi>],
            [say('releasedBy'), rollout.releasedBy === null ? null : <bdi key="released">{rollout.releasedBy}</bdi>],
          ]}
        />
      </div>
      <Text fw={600}>{say('devices')}</Text>
      <RowsTable
        label={say('devices')}
        heads={DEVICES.map((each) => say(each))}
        rows={[
          [
            'devices',
            ...DEVICES.map((each) => <Count key={each} of={rollout.devices[each]} query={rollout.devices.query} />),
          ],
        ]}
      />
      <RowsTable
        label={say('measure')}
        heads={[say('measure'), say('updated'), say('control')]}
        numbers={[1, 2]}
        rows={MEASURES.map((each) => [
          each,
          say(each),
          <Count key="updated" of={rollout.updated[each]} query={rollout.updated.query} />,
          <Count key="control" of={rollout.control[each]} query={rollout.control.query} />,
        ])}
      />
      <Text fw={600}>{say('events')}</Text>
      <RowsTable
        label={say('events')}
        heads={[say('when'), say('who'), say('what'), say('reason')]}
        rows={rollout.events.map(({ at, actor, what, reason }, n) => [
          `${at} ${n}`,
          <Moment key="at" at={at} />,
          <bdi key="actor">{actor}</bdi>,
          word('event', what),
          <Told key="reason" text={reason} />,
        ])}
      />
    </>
  );
}

function Acts({ seen }: { readonly seen: Read<WholeRollout> }): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const { id, state } = seen.body;
  const act = (name: 'release' | 'halt' | 'again' | 'end', permission: NamedAct<WholeRollout>['permission'], after: string, more: Partial<NamedAct<WholeRollout>> = {}): NamedAct<WholeRollout> => ({
    id: name,
    permission,
    title: say(name),
    seen,
    readAgain: () => readRollout(id),
    lines: (now) => [{ what: say('state'), before: word('state', now.state), after: word('state', after) }],
    send: ({ reason, ...sent }) => actOnRollout(id, name, reason, sent),
    ...more,
  }); // prettier-ignore
  const acts: readonly (NamedAct<WholeRollout> | false)[] = [
    state === 'proposed' && act('release', 'updates:approve', 'running', { explain: say('release.explain'), danger: true }), // prettier-ignore
    state === 'running' && act('halt', 'updates:stop', 'halted', { explain: say('halt.explain'), danger: true }),
    state === 'halted' && act('again', 'updates:make', 'proposed'),
    (state === 'halted' || state === 'proposed' || state === 'running') && act('end', 'updates:make', 'ended'),
  ];
  return <ActsBar acts={acts} />;
}
