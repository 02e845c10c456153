import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { actOnSignal, readSignal, sanctionsQuery, signalQuery, type Signal } from '../../api/shops.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { RuleFields } from '../../components/dated-rows.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { Guild } from '../../components/guild.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { Person } from '../../components/person.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Count, Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { useSignalState } from './list.tsx';
import { words } from './words.ts';

/** What a closed day showed of a shop, and what a person says of it. */
export function Page(): ReactNode {
  const say = useWords(words);
  const stateOf = useSignalState();
  const { language } = usePreferences();
  const id = useParam('signal');
  const { data, error } = useQuery(signalQuery(id));
  const [kind, setKind] = useState('');
  const { data: sanctions } = useQuery(sanctionsQuery);
  const kinds = sanctions?.at(-1)?.kinds ?? [];
  // one looks first: what nobody has looked at is not judged
  const looked = data?.body.state === 'looked_at';
  const act = (name: string, path: string, after: string, danger: boolean, more: Partial<NamedAct<Signal>> = {}) =>
    ({
      id: name,
      permission: 'shops:judge',
      title: say(name as 'look'),
      readAgain: () => readSignal(id),
      lines: (now) => [{ what: say('state'), before: stateOf(now.state), after: stateOf(after) }],
      danger,
      reasonMin: 10,
      send: ({ reason, ...sent }) => actOnSignal(id, path, { reason }, sent),
      ...(data === undefined ? {} : { seen: data }),
      ...more,
    }) satisfies NamedAct<Signal>;
  const acts: readonly (NamedAct<Signal> | false)[] = [
    data?.body.state === 'open' && act('look', 'look', 'looked_at', false, { reason: 'none', send: ({ etag, key }) => actOnSignal(id, 'look', {}, { etag, key }) }), // prettier-ignore
    looked && act('dismiss', 'dismissal', 'dismissed', false),
    looked &&
      act('violate', 'violation', 'violation', true, {
        explain: say('violate.explain'),
        fields: <NativeSelect label={say('kind')} required value={kind} data={[{ value: '', label: '—' }, ...kinds.map((each) => ({ value: each.code, label: each[language] }))]} onChange={(event) => { setKind(event.currentTarget.value); }} />, // prettier-ignore
        ready: kind !== '',
        send: ({ reason, ...sent }) => actOnSignal(id, 'violation', { kind, reason }, sent),
      }),
  ];
  return (
    <PageFrame title={data?.body.title[language] ?? say('one', { id })} acts={<ActsBar acts={acts} />}>
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(signal: Signal): ReactNode {
  const say = useWords(words);
  const stateOf = useSignalState();
  const { language } = usePreferences();
  return (
    <>
      <div className="sheet">
        <bdi>{signal.text[language]}</bdi>
      </div>
      <div className="sheet">
        <Facts
          rows={[
            [say('state'), stateOf(signal.state)],
            [say('day'), <Day key="day" iso={signal.day} />],
            [say('shop'), <span key="shop"><bdi>{signal.name}</bdi> · <Ltr>{signal.merchant}</Ltr> · <Guild code={signal.guild} /></span>], // prettier-ignore
            [say('purchases'), <Count key="count" of={signal.purchases} />],
            [say('amount'), <Money key="rials" rials={signal.rials} />],
            [say('figures'), <RuleFields key="figures" section="signals" row={signal.figures} />],
            [say('thresholds'), <RuleFields key="thresholds" section="signals" row={signal.thresholds} />],
            [say('raisedAt'), <Moment key="raised" at={signal.raisedAt} />],
            [say('closedBy'), signal.closedBy === null ? null : <Person key="closed" id={signal.closedBy} />],
            [say('reason'), signal.reason],
            [
              say('rrns'),
              <span key="rrns">
                {signal.rrns.map((rrn) => (
                  <span key={rrn}>
                    <Go to={`/transactions?rrn=${rrn}`}>
                      <Ltr>{rrn}</Ltr>
                    </Go>{' '}
                  </span>
                ))}
              </span>,
            ],
          ]}
        />
      </div>
    </>
  );
}
