import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { decideRules, rulesQuery, type RulesProposal } from '../../api/scheme.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { DatedRows } from '../../components/dated-rows.tsx';
import { JalaliDateInput } from '../../components/jalali-date-input.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Ltr } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Terms, matching, cycles, limits, holidays: by date, and what waits for a second person. */
export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const [day, setDay] = useState('');
  const { data, error } = useQuery(rulesQuery(day === '' ? undefined : day));
  return (
    <PageFrame title={say('title')} acts={data?.waiting != null && <Decide proposal={data.waiting} />}>
      <ProblemNote error={error} />
      {data?.waiting != null && <Proposal {...data.waiting} />}
      <JalaliDateInput label={say('day')} value={day} onChange={setDay} />
      <Text size="sm" className="soft">
        {say('howTo')}
      </Text>
      {Object.entries(data?.inForce ?? {}).map(([section, rows]) => (
        <section key={section} aria-label={named('section', section)}>
          <Text fw={600}>{named('section', section)}</Text>
          {rows.length === 0 ? <Text>{say('none')}</Text> : <DatedRows label={named('section', section)} rows={rows} />}
        </section>
      ))}
    </PageFrame>
  );
}

function useNamed(): (kind: string, value: string) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value}`;
    return isWord(words, key) ? say(key) : value;
  };
}

function Proposal({ changes, proposedBy, reason }: RulesProposal): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const text = (row: unknown): string => (row === null ? '—' : JSON.stringify(row));
  return (
    <>
      <div className="note wait">
        <strong>{say('waiting')}</strong> {say('by', { who: proposedBy, reason })}
      </div>
      <RowsTable
        label={say('waiting')}
        heads={[say('section'), say('change'), say('before'), say('after')]}
        rows={changes.map(({ section, action, key, before, after }) => [
          `${section} ${key}`,
          named('section', section),
          <span key="change">
            {named('action', action)} <Ltr>{key}</Ltr>
          </span>,
          <Ltr key="before">{text(before)}</Ltr>,
          <Ltr key="after">{text(after)}</Ltr>,
        ])}
      />
    </>
  );
}

function Decide({ proposal }: { readonly proposal: RulesProposal }): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const lines = (): { what: string; before: string; after: string }[] =>
    proposal.changes.slice(0, 20).map(({ section, key, before, after }) => ({
      what: `${named('section', section)} ${key}`,
      before: before === null ? '—' : JSON.stringify(before),
      after: after === null ? '—' : JSON.stringify(after),
    }));
  const act = (id: 'approve' | 'reject', verdict: 'approval' | 'rejection'): NamedAct<RulesProposal> => ({
    id,
    permission: 'money:approve',
    title: say(id),
    explain: id === 'approve' ? say('approve.explain') : undefined,
    seen: { body: proposal, etag: undefined },
    lines,
    danger: id === 'approve',
    send: ({ reason, key }) => decideRules(proposal.id, verdict, reason, { key }),
  });
  return <ActsBar acts={[act('approve', 'approval'), act('reject', 'rejection')]} />;
}
