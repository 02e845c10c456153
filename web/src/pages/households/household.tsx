import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { householdQuery, purchasesQuery, type Household } from '../../api/scheme.ts';
import { Period } from '../../components/dated-rows.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Count, Day, Ltr, Masked, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { TryPurchase } from '../by-day/try-purchase.tsx';
import { words } from './words.ts';

/** What a household has, until when, and what a purchase would come to: no name is here, and each look is audited. */
export function Page(): ReactNode {
  const say = useWords(words);
  const household = useParam('household');
  const { data, error } = useQuery(householdQuery(household));
  return (
    <PageFrame title={say('one', { household })}>
      <ProblemNote error={error} />
      {data !== undefined && <About {...data} />}
      {data !== undefined && <TryPurchase key={household} household={household} />}
      <Purchases household={household} />
    </PageFrame>
  );
}

function About(kept: Household): ReactNode {
  const say = useWords(words);
  const status = `status.${kept.status}`;
  return (
    <>
      <div className="sheet">
        <Facts
          rows={[
            [say('status'), isWord(words, status) ? say(status) : kept.status],
            [say('members'), <Count key="members" of={kept.members} />],
            [say('decile'), kept.decile === null ? null : <Ltr key="decile">{kept.decile}</Ltr>],
            [say('cards'), <span key="cards">{kept.cards.map((card) => <span key={card}><Masked>{card}</Masked> </span>)}</span>], // prettier-ignore
            [say('left'), <Money key="left" rials={kept.credit.leftRials} query={kept.credit.query} />],
            [say('endsOn'), <Day key="ends" iso={kept.credit.endsOn} />],
          ]}
        />
      </div>
      <Text fw={600}>{say('buckets')}</Text>
      <RowsTable
        label={say('buckets')}
        heads={[say('programme'), say('period'), say('from'), say('to'), say('granted'), say('spent'), say('held'), say('expired'), say('left'), say('open')]} // prettier-ignore
        numbers={[4, 5, 6, 7, 8]}
        rows={kept.buckets.map((bucket) => [
          `${bucket.programme} ${bucket.period}`,
          <Ltr key="programme">{bucket.programme}</Ltr>,
          <Ltr key="period">{bucket.period}</Ltr>,
          <Day key="from" iso={bucket.validFrom} />,
          <Day key="to" iso={bucket.validTo} />,
          <Money key="granted" rials={bucket.amountRials} unit={false} />,
          <Money key="spent" rials={bucket.spentRials} unit={false} />,
          <Money key="held" rials={bucket.heldRials} unit={false} />,
          <Money key="expired" rials={bucket.expiredRials} unit={false} />,
          <Money key="left" rials={bucket.leftRials} unit={false} />,
          bucket.open ? '●' : '○',
        ])}
      />
      {kept.rations.length > 0 && (
        <RowsTable
          label={say('rations')}
          heads={[say('programme'), say('category'), say('period'), say('entitled'), say('used')]}
          numbers={[3, 4]}
          rows={kept.rations.map(({ programme, category, nameFa, period, entitled, used }) => [
            `${programme} ${category} ${period}`,
            <Ltr key="programme">{programme}</Ltr>,
            typeof nameFa === 'string' ? nameFa : <Ltr key="category">{category}</Ltr>,
            <Period key="period" of={period} />,
            <Count key="entitled" of={Number(entitled)} />,
            <Count key="used" of={Number(used)} />,
          ])}
        />
      )}
      {kept.charges.length > 0 && (
        <>
          <Text fw={600}>{say('charges')}</Text>
          <RowsTable
            label={say('charges')}
            heads={[say('at'), say('programme'), say('period'), say('amount')]}
            numbers={[3]}
            rows={kept.charges.map(({ programme, period, rials, at }) => [
              `${programme} ${period} ${at}`,
              <Moment key="at" at={at} precision="minute" />,
              <Ltr key="programme">{programme}</Ltr>,
              <Period key="period" of={period} />,
              <Money key="rials" rials={rials} />,
            ])}
          />
        </>
      )}
    </>
  );
}

function Purchases({ household }: { readonly household: string }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { data } = useQuery(purchasesQuery(household));
  if (data === undefined || data.length === 0) return null;
  return (
    <>
      <Text fw={600}>{say('purchases')}</Text>
      <RowsTable
        label={say('purchases')}
        heads={[say('at'), say('rrn'), say('shop'), say('total'), say('voucher'), say('why')]}
        numbers={[3, 4]}
        rows={data.map((purchase) => [
          purchase.id,
          <Moment key="at" at={purchase.at} />,
          <Go key="rrn" to={`/transactions?rrn=${purchase.rrn}`}>
            <Ltr>{purchase.rrn}</Ltr>
          </Go>,
          <bdi key="shop">{purchase.shop ?? purchase.merchant}</bdi>,
          <Money key="total" rials={purchase.totalRials} unit={false} />,
          <Money key="voucher" rials={purchase.voucherRials} unit={false} />,
          <bdi key="why">{purchase.text[language]}</bdi>,
        ])}
      />
    </>
  );
}
