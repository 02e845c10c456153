import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { closeLeftover, leftoverQuery, readLeftover, type Leftover } from '../../api/settlement.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { Told } from '../../components/told.tsx';
import { useWords } from '../../words/tongue.ts';
import { useNamed } from './state.tsx';
import { words } from './words.ts';

export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const id = useParam('leftover');
  const { data, error } = useQuery(leftoverQuery(id));
  const close: NamedAct<Leftover> | false = data?.body.closedBy === null && {
    id: 'close',
    permission: 'money:stop',
    title: say('close'),
    explain: say('close.explain'),
    seen: data,
    readAgain: () => readLeftover(id),
    lines: ({ closedBy }) => [
      { what: say('state'), before: closedBy ?? say('filter.open'), after: named('state', 'resolved') },
    ],
    send: ({ reason, ...sent }) => closeLeftover(id, { note: reason }, sent),
  };
  return (
    <PageFrame title={say('leftover.title', { id })} acts={<ActsBar acts={[close]} />}>
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(leftover: Leftover): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  return (
    <div className="sheet">
      <Facts
        rows={[
          [say('direction'), named('direction', leftover.direction)],
          [say('amount'), <Money key="rials" rials={leftover.rials} />],
          [say('bookedOn'), <Day key="booked" iso={leftover.bookedOn} />],
          [say('shown'), <bdi key="shown">{leftover.shown}</bdi>],
          [say('why'), <Told key="why" text={leftover.reason} />],
          [say('file'), <Ltr key="file">{`${leftover.file}:${leftover.line}`}</Ltr>],
          [say('raisedAt'), <Moment key="raised" at={leftover.raisedAt} />],
          [say('closedBy'), leftover.closedBy],
          [say('note'), leftover.note],
        ]}
      />
    </div>
  );
}
