import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { doubtQuery, ownDoubt, readDoubt, resolveDoubt, retryDoubt, type Doubt } from '../../api/settlement.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Count, Ltr, Moment, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed } from './state.tsx';
import { words } from './words.ts';

/** A reversal or advice that the bank has not taken, or refused. */
export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const id = useParam('doubt');
  const { data, error } = useQuery(doubtQuery(id));
  const [owner, setOwner] = useState('');
  const refused = data?.body.kind === 'refused';
  const base = { permission: 'bank:change' as const, readAgain: () => readDoubt(id) };
  const acts: readonly (NamedAct<Doubt> | false)[] =
    data === undefined
      ? []
      : [
          { ...base, id: 'retry', title: say('retry'), explain: say('retry.explain'), seen: data, send: ({ reason, ...sent }) => retryDoubt(id, { reason }, sent) }, // prettier-ignore
          {
            ...base,
            id: 'own',
            title: say('take'),
            seen: data,
            lines: (now) => [{ what: say('owner'), before: now.owner, after: owner.trim() === '' ? '—' : owner.trim() }], // prettier-ignore
            fields: <TextInput label={say('owner')} required maxLength={60} value={owner} onChange={(event) => { setOwner(event.currentTarget.value); }} />, // prettier-ignore
            ready: owner.trim() !== '',
            send: ({ reason, ...sent }) => ownDoubt(id, { owner: owner.trim(), note: reason }, sent),
          },
          refused && {
            ...base,
            id: 'resolve',
            title: say('resolve'),
            explain: say('resolve.explain'),
            seen: data,
            lines: (now) => [
              { what: say('state'), before: named('kind', now.kind), after: named('state', 'resolved') },
            ],
            danger: true,
            send: ({ reason, ...sent }) => resolveDoubt(id, { note: reason }, sent),
          },
        ];
  return (
    <PageFrame title={say('doubt.title', { id })} acts={<ActsBar acts={acts} />}>
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(doubt: Doubt): ReactNode {
  const say = useWords(words);
  return (
    <div className="sheet">
      <Facts
        rows={[
          [say('kind'), <State key="kind" of={doubt.kind} kind="kind" />],
          [say('rrn'), <Go key="rrn" to={`/transactions?rrn=${doubt.rrn}`}><Ltr>{doubt.rrn}</Ltr></Go>], // prettier-ignore
          [say('terminal'), <Ltr key="terminal">{doubt.terminal}</Ltr>],
          [say('amount'), <Money key="rials" rials={doubt.rials} />],
          [say('since'), <Moment key="since" at={doubt.since} />],
          [say('attempts'), <Count key="attempts" of={doubt.attempts} />],
          [say('nextAt'), <Moment key="next" at={doubt.nextAt} />],
          [say('why'), <bdi key="why">{doubt.why ?? '—'}</bdi>],
          [say('owner'), <bdi key="owner">{doubt.owner}</bdi>],
          [say('note'), doubt.note],
        ]}
      />
    </div>
  );
}
