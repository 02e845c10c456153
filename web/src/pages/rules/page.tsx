import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { decideRules, rulesQuery, type RulesProposal } from '../../api/scheme.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import type { Line } from '../../components/act-lines.ts';
import { DatedRows } from '../../components/dated-rows.tsx';
import { JalaliDateInput } from '../../components/jalali-date-input.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { changedNames, fieldName, valueText } from '../../format/rule-text.ts';
import { useWords } from '../../words/tongue.ts';
import { Costs } from './costs.tsx';
import { RuleChanges, useNamed } from './changes.tsx';
import { ProposeRules } from './propose.tsx';
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
      {data?.waiting === null && <ProposeRules rules={data.rules} digest={data.digest} />}
      <JalaliDateInput label={say('day')} value={day} onChange={setDay} />
      <Costs day={day} />
      {Object.entries(data?.inForce ?? {}).map(([section, rows]) => (
        <section key={section} aria-label={named('section', section)}>
          <Text fw={600}>{named('section', section)}</Text>
          {rows.length === 0 ? (
            <Text>{say('none')}</Text>
          ) : (
            <DatedRows label={named('section', section)} section={section} rows={rows} />
          )}
        </section>
      ))}
    </PageFrame>
  );
}

function Proposal({ changes, proposedBy, reason }: RulesProposal): ReactNode {
  const say = useWords(words);
  return (
    <>
      <div className="note wait">
        <strong>{say('waiting')}</strong> {say('by', { who: proposedBy, reason })}
      </div>
      <RuleChanges label={say('waiting')} changes={changes} />
    </>
  );
}

/** So many stand in the dialog; the page behind it has all of them. */
const MOST_LINES = 40;

function Decide({ proposal }: { readonly proposal: RulesProposal }): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const looks = usePreferences();
  const lines = (): readonly Line[] =>
    proposal.changes
      .flatMap(({ section, key, before, after }) =>
        changedNames(before, after).map((name) => ({
          what: `${named('section', section)} \u2068${key}\u2069: ${fieldName(looks, section, name)}`,
          before: valueText(looks, section, name, before?.[name]),
          after: valueText(looks, section, name, after?.[name]),
        })),
      )
      .slice(0, MOST_LINES);
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
