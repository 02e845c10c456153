import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { acceptDay, dayQuery, decideAcceptance, makeDay, readDay, releaseDay, type WholeDay } from '../../api/settlement.ts'; // prettier-ignore
import type { Read } from '../../api/client.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Count, Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { dayOf } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed, Waits } from './state.tsx';
import { words } from './words.ts';

/** A business day: how far it is, on whom it waits, what it came to, and the acts of its two persons. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const date = useParam('day');
  const { data, error } = useQuery(dayQuery(date));
  const [heldNow, setHeldNow] = useState(0);
  return (
    <PageFrame
      title={say('day.title', { day: dayOf(language, date) })}
      acts={data !== undefined && <Acts seen={data} onHeld={setHeldNow} />}
    >
      <ProblemNote error={error} />
      {heldNow > 0 && (
        <div className="note bad" role="alert">
          {say('heldNow', { count: heldNow })}
        </div>
      )}
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(day: WholeDay): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const { totals, files, answers, acquirers, breaks, waiver, held, findings } = day;
  return (
    <>
      <Waits waiting={day.waiting} />
      {day.error !== null && <div className="note bad">{day.error}</div>}
      {waiver !== null && (
        <div className="note wait">
          <strong>{say('waiver')}</strong> {say('waiverBy', { who: waiver.proposedBy, reason: waiver.reason })}
        </div>
      )}
      <div className="sheet">
        <Facts
          rows={[
            [say('state'), <State key="state" of={day.state} />],
            [say('maker'), <bdi key="maker">{day.maker ?? '—'}</bdi>],
            [say('checker'), <bdi key="checker">{day.checker ?? '—'}</bdi>],
            [
              say('files'),
              <Go key="files" to={`/files?day=${day.businessDay}`}>
                <Count of={files.files} query={files.query} /> · <Count of={files.orders} query={files.query} /> ·{' '}
                <Money rials={files.rials} query={files.query} />
              </Go>,
            ],
            answers === null
              ? undefined
              : [
                  say('paid'),
                  <span key="paid">
                    <Count of={answers.paid} query={answers.query} /> · {say('returned')}{' '}
                    <Count of={answers.returned} query={answers.query} /> · {say('bankWaits')}{' '}
                    <Count of={answers.waiting} query={answers.query} />
                  </span>,
                ],
            [
              say('acquirers'),
              <span key="acquirers" data-query={acquirers.query}>
                {say('matched', { matched: acquirers.matched, lines: acquirers.lines })}
              </span>,
            ],
            [
              say('openBreaks'),
              <Go key="breaks" to={`/breaks?day=${day.businessDay}`}>
                <Count of={breaks.open} query={breaks.query} /> · <Money rials={breaks.rials} query={breaks.query} />
              </Go>,
            ],
          ]}
        />
      </div>
      <RowsTable
        label={say('progress')}
        heads={[say('progress'), say('when')]}
        rows={day.steps.map((step) => [
          step.step,
          <span key="step">
            <span aria-hidden="true">{step.done ? '●' : '○'}</span> {named('state', step.step)}
          </span>,
          <Moment key="at" at={step.at} />,
        ])}
      />
      {findings.length > 0 && (
        <>
          <Text fw={600}>{say('findings')}</Text>
          <RowsTable
            label={say('findings')}
            heads={[say('day'), say('merchant'), say('amount'), say('why')]}
            numbers={[2]}
            rows={findings.map(({ day: of, merchant, rials, reason }) => [
              `${of} ${merchant ?? ''} ${reason}`,
              <Day key="day" iso={of} />,
              <Ltr key="merchant">{merchant ?? '—'}</Ltr>,
              <Money key="rials" rials={rials} />,
              reason,
            ])}
          />
        </>
      )}
      <Text fw={600}>{say('totals')}</Text>
      <div className="sheet">
        <Facts
          rows={[
            [say('shops'), <Count key="shops" of={totals.merchants} query={totals.query} />],
            [
              say('purchases'),
              <Sum key="p" count={totals.purchases} rials={totals.purchaseRials} query={totals.query} />,
            ],
            [say('returns'), <Sum key="r" count={totals.returns} rials={totals.returnRials} query={totals.query} />],
            [
              say('reversals'),
              <Sum key="v" count={totals.reversals} rials={totals.reversalRials} query={totals.query} />,
            ],
            [say('fees'), <Money key="fees" rials={totals.feeRials} query={totals.query} />],
            [say('carried'), <Money key="carried" rials={totals.carriedRials} query={totals.query} />],
            [say('net'), <Money key="net" rials={totals.netRials} query={totals.query} />],
            [
              say('outcome'),
              <span key="outcome" data-query={totals.query}>
                {say('outcome.count', {
                  pay: totals.payShops,
                  carry: totals.carryShops,
                  hold: totals.holdShops,
                  zero: totals.zeroShops,
                })}
              </span>,
            ],
          ]}
        />
      </div>
      {held.length > 0 && (
        <>
          <Text fw={600}>{say('held')}</Text>
          <RowsTable
            label={say('held')}
            heads={[say('merchant'), say('amount'), say('why')]}
            numbers={[1]}
            rows={held.map(({ merchant, rials, reason }) => [
              `${merchant} ${reason}`,
              <Ltr key="merchant">{merchant}</Ltr>,
              <Money key="rials" rials={rials} />,
              reason,
            ])}
          />
        </>
      )}
      {day.events.length > 0 && (
        <>
          <Text fw={600}>{say('events')}</Text>
          <RowsTable
            label={say('events')}
            heads={[say('when'), say('who'), say('what')]}
            rows={day.events.map(({ at, actor, event }, n) => [
              `${at} ${n}`,
              <Moment key="at" at={at} />,
              <bdi key="actor">{actor}</bdi>,
              <bdi key="event">{named('event', event)}</bdi>,
            ])}
          />
        </>
      )}
    </>
  );
}

interface SumProps {
  readonly count: number;
  readonly rials: string;
  readonly query: string;
}

function Sum({ count, rials, query }: SumProps): ReactNode {
  return (
    <>
      <Count of={count} query={query} /> · <Money rials={rials} query={query} />
    </>
  );
}

interface ActsProps {
  readonly seen: Read<WholeDay>;
  readonly onHeld: (orders: number) => void;
}

function Acts({ seen, onHeld }: ActsProps): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const { businessDay, state, waiver, findings, version } = seen.body;
  const base = { seen, readAgain: () => readDay(businessDay) };
  const become = (after: string) => (now: WholeDay) => [
    { what: say('state'), before: named('state', now.state), after: named('state', after) },
  ];
  const acts: readonly (NamedAct<WholeDay> | false)[] = [
    version === 0 && {
      id: 'make',
      permission: 'money:make',
      title: say('make'),
      explain: say('make.explain'),
      seen,
      lines: become('made'),
      danger: true,
      send: ({ reason, key }) => makeDay(businessDay, { reason }, { key }),
    },
    state === 'written' && {
      ...base,
      id: 'release',
      permission: 'money:approve',
      title: say('release'),
      explain: say('release.explain'),
      lines: become('released'),
      danger: true,
      send: async ({ reason, ...sent }) => {
        const { heldNow } = await releaseDay(businessDay, { reason }, sent);
        onHeld(heldNow.length);
      },
    },
    findings.length > 0 &&
      waiver === null && {
        ...base,
        id: 'accept',
        permission: 'money:make',
        title: say('accept'),
        explain: say('accept.explain'),
        danger: true,
        send: ({ reason, ...sent }) => acceptDay(businessDay, { reason }, sent),
      },
    waiver !== null && {
      ...base,
      id: 'approve',
      permission: 'money:approve',
      title: say('approveAccept'),
      danger: true,
      send: ({ reason, ...sent }) => decideAcceptance(businessDay, { verdict: 'approve', reason }, sent),
    },
    waiver !== null && {
      ...base,
      id: 'reject',
      permission: 'money:approve',
      title: say('rejectAccept'),
      send: ({ reason, ...sent }) => decideAcceptance(businessDay, { verdict: 'reject', reason }, sent),
    },
  ];
  return <ActsBar acts={acts} />;
}
