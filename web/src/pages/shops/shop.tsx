import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import {
  capabilitiesQuery,
  disputesQuery,
  recordQuery,
  sanctionsQuery,
  shebasQuery,
  shopQuery,
  type Shop,
} from '../../api/shops.ts';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { Guild } from '../../components/guild.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { Person } from '../../components/person.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Tag } from '../../components/tag.tsx';
import { Day, Ltr, Masked, Moment, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { ConfirmDecision, LetGo, ShopActs, StopSheba } from './acts.tsx';
import { useShopWord } from './word.ts';
import { words } from './words.ts';

/** A shop: how it stands with the scheme, what it may do, and what is held against it. */
export function Page(): ReactNode {
  const say = useWords(words);
  const merchant = useParam('merchant');
  const { data, error } = useQuery(shopQuery(merchant));
  return (
    <PageFrame title={say('one', { merchant })} acts={data !== undefined && <ShopActs shop={data} />}>
      <ProblemNote error={error} />
      {data !== undefined && (
        <>
          <About {...data} />
          <MayDo merchant={merchant} />
          <Decisions {...data} />
          <Record merchant={merchant} />
          <Disputes merchant={merchant} />
          <Shebas merchant={merchant} />
        </>
      )}
    </PageFrame>
  );
}

function About({ merchant, name, guild, standing, until, sells }: Shop): ReactNode {
  const say = useWords(words);
  const word = useShopWord();
  return (
    <div className="sheet">
      <Facts
        rows={[
          [say('name'), <bdi key="name">{name}</bdi>],
          [say('guild'), <Guild key="guild" code={guild} />],
          [say('standing'), <Tag key="standing" tone={standing === 'ACTIVE' ? 'good' : 'bad'}>{word('standing', standing)}</Tag>], // prettier-ignore
          until === null ? undefined : [say('until'), <Moment key="until" at={until} precision="minute" />],
          [say('sells'), say(sells ? 'yes' : 'no')],
          [say('more'), (
            <Group key="more" gap="sm">
              <Go to={`/transactions?merchant=${merchant}`}>{say('transactions')}</Go>
              <Go to={`/terminals?merchant=${merchant}`}>{say('terminals')}</Go>
              <Go to={`/notices?merchant=${merchant}`}>{say('notices')}</Go>
              <Go to={`/breaks?merchant=${merchant}`}>{say('breaks')}</Go>
            </Group>
          )], // prettier-ignore
        ]}
      />
    </div>
  );
}

function MayDo({ merchant }: { readonly merchant: string }): ReactNode {
  const say = useWords(words);
  const word = useShopWord();
  const { data } = useQuery(capabilitiesQuery(merchant));
  if (data === undefined || data.items.length === 0) return null;
  return (
    <>
      <Text fw={600}>{say('capabilities')}</Text>
      <RowsTable
        label={say('capabilities')}
        heads={[say('capability'), say('state'), say('since'), say('until')]}
        rows={data.items.map(({ capability, state, since, until }) => [
          capability,
          word('capability', capability),
          word('may', state),
          <Moment key="since" at={since ?? null} precision="minute" />,
          <Moment key="until" at={until ?? null} precision="minute" />,
        ])}
      />
    </>
  );
}

function Decisions(shop: Shop): ReactNode {
  const say = useWords(words);
  const word = useShopWord();
  if (shop.decisions.length === 0) return null;
  return (
    <>
      <Text fw={600}>{say('decisions')}</Text>
      <RowsTable
        label={say('decisions')}
        heads={[say('at'), say('state'), say('until'), say('rule'), say('reason'), say('decidedBy'), say('confirmedBy'), say('acts')]}
        rows={shop.decisions.map((each) => [
          each.id,
          <Moment key="at" at={each.at} precision="minute" />,
          word('standing', each.state),
          <Moment key="until" at={each.until} precision="minute" />,
          <bdi key="rule">{each.rule ?? '—'}</bdi>,
          <bdi key="reason">{each.reason}</bdi>,
          <Person key="by" id={each.decidedBy} />,
          each.confirmedBy === null ? '—' : <Person key="confirmed" id={each.confirmedBy} />,
          each.confirmedBy === null ? <ConfirmDecision key="acts" merchant={shop.merchant} id={each.id} /> : '—',
        ])}
      />
    </>
  ); // prettier-ignore
}

function Record({ merchant }: { readonly merchant: string }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const kinds = useQuery(sanctionsQuery).data?.at(-1)?.kinds ?? [];
  const { data, error } = useQuery(recordQuery(merchant));
  if (data === undefined) return <ProblemNote error={error} />;
  if (data.violations.length === 0) return null;
  return (
    <>
      <Text fw={600} data-query={data.query}>
        {say('violations', { points: data.points })}
      </Text>
      <RowsTable
        label={say('violations', { points: data.points })}
        heads={[say('at'), say('kind'), say('note'), say('foundBy'), say('counts')]}
        rows={data.violations.map(({ id, kind, at, note, foundBy, struckAt }) => [
          id,
          <Moment key="at" at={at} precision="minute" />,
          <bdi key="kind" title={kind}>
            {kinds.find(({ code }) => code === kind)?.[language] ?? kind}
          </bdi>,
          <bdi key="note">{note}</bdi>,
          foundBy === null ? say('signal') : <Person key="by" id={foundBy} />,
          say(struckAt === null ? 'yes' : 'no'),
        ])}
      />
    </>
  );
}

function Disputes({ merchant }: { readonly merchant: string }): ReactNode {
  const say = useWords(words);
  const word = useShopWord();
  const { data } = useQuery(disputesQuery(merchant));
  if (data === undefined || data.items.length === 0) return null;
  return (
    <>
      <Text fw={600}>{say('disputes')}</Text>
      <RowsTable
        label={say('disputes')}
        heads={[say('rrn'), say('day'), say('amount'), say('reason'), say('by'), say('until'), say('state'), say('acts')]}
        numbers={[2]}
        rows={data.items.map((each) => [
          each.id,
          <Go key="rrn" to={`/transactions?rrn=${each.rrn}`}><Ltr>{each.rrn}</Ltr></Go>,
          <Day key="day" iso={each.businessDay} />,
          <Money key="amount" rials={each.rials} />,
          <bdi key="reason">{each.reason}</bdi>,
          <Person key="by" id={each.by} />,
          <Moment key="until" at={each.until} precision="minute" />,
          word('dispute', each.state),
          each.state === 'held' || each.state === 'release_proposed' ? <LetGo key="acts" merchant={merchant} id={each.id} /> : '—',
        ])}
      />
    </>
  ); // prettier-ignore
}

function Shebas({ merchant }: { readonly merchant: string }): ReactNode {
  const say = useWords(words);
  const word = useShopWord();
  const { data } = useQuery(shebasQuery(merchant));
  if (data === undefined || data.items.length === 0) return null;
  return (
    <>
      <Text fw={600}>{say('shebas')}</Text>
      <RowsTable
        label={say('shebas')}
        heads={[say('oldSheba'), say('newSheba'), say('inForce'), say('state'), say('reason'), say('acts')]}
        rows={data.items.map((each) => [
          each.id,
          <Masked key="old">{each.oldSheba}</Masked>,
          <Masked key="new">{each.newSheba}</Masked>,
          <Day key="day" iso={each.inForce} />,
          word('sheba', each.state),
          <bdi key="reason">{each.reason ?? '—'}</bdi>,
          each.state === 'waiting' ? <StopSheba key="acts" merchant={merchant} /> : '—',
        ])}
      />
    </>
  );
}
