import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { WhatIf, WhatIfAsked } from '../../api/scheme.ts';
import { Period } from '../../components/dated-rows.tsx';
import { Facts } from '../../components/facts.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Count, Ltr, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

interface OutcomeProps {
  readonly asked: WhatIfAsked;
  readonly answer: WhatIf;
}

const TONES: Readonly<Record<string, Tone>> = { approved: 'good', 'asks-bank': 'wait', declined: 'bad' };

/** What the ledger decided: who pays what, which credit and rations are used, and why a line or the whole is refused. */
export function Outcome({ asked, answer }: OutcomeProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const verdict = `verdict.${answer.verdict}`;
  return (
    <div role="status" style={{ marginBlockStart: '1rem' }}>
      <Facts
        rows={[
          [
            say('verdict'),
            <span key="verdict">
              <Tag tone={TONES[answer.verdict] ?? 'plain'}>{isWord(words, verdict) ? say(verdict) : answer.verdict}</Tag>{' '}
              <strong>{answer.text[language]}</strong> · <Ltr>{answer.rc}</Ltr> · <Ltr>{answer.reason}</Ltr>
            </span>,
          ],
          [say('voucher'), <Money key="voucher" rials={answer.voucherRials} />],
          [say('bankCard'), <Money key="card" rials={answer.cardRials} />],
          [say('cash'), <Money key="cash" rials={answer.cashRials} />],
          [say('leftAfter'), <Money key="left" rials={answer.creditLeftRials} />],
          [say('where'), <Ltr key="where">{`${answer.terminal} / ${answer.merchant}`}</Ltr>],
        ]}
      />
      <Lines asked={asked} answer={answer} />
      <Takes answer={answer} />
      <Rations answer={answer} />
    </div>
  ); // prettier-ignore
}

function Lines({ asked: { basket = [] }, answer: { lines } }: OutcomeProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  if (lines.length === 0) return null;
  return (
    <Part title={say('lines')}>
      <RowsTable
        label={say('lines')}
        heads={[say('goods'), say('quantity'), say('lineAmount'), say('lineVerdict'), say('voucher')]}
        numbers={[1, 2, 4]}
        rows={lines.map(({ verdict, voucherRials, nameFa, why, item }, at) => {
          const line = basket[at];
          const key = `line.${verdict}`;
          return [
            String(at),
            <span key="goods">{nameFa !== null && <><bdi>{nameFa}</bdi>{' '}</>}<Ltr>{line?.goods ?? ''}</Ltr></span>,
            line === undefined ? '—' : <span key="quantity"><Count of={line.quantity} /> {say(`unit.${line.unit as '00'}`)}</span>,
            <Money key="amount" rials={line?.amountRials} />,
            <span key="verdict">
              <Tag tone={verdict === '00' ? 'good' : 'bad'}>{isWord(words, key) ? say(key) : verdict}</Tag>
              {why.map((reason) => <Text key={reason.code} size="sm" className="soft">{reason[language]}</Text>)}
              {why.length > 0 && item !== null && item.alternatives.length > 0 && (
                <Text size="sm" className="soft">{say('instead')}: {item.alternatives.map((other) => other.nameFa).join(language === 'fa' ? '، ' : ', ')}</Text>
              )}
            </span>,
            <Money key="voucher" rials={voucherRials} />,
          ];
        })}
      />
    </Part>
  ); // prettier-ignore
}

function Takes({ answer: { takes } }: Pick<OutcomeProps, 'answer'>): ReactNode {
  const say = useWords(words);
  if (takes.length === 0) return null;
  return (
    <Part title={say('takes')}>
      <RowsTable
        label={say('takes')}
        heads={[say('programmeName'), say('period'), say('amount')]}
        numbers={[2]}
        rows={takes.map(({ programme, period, rials }) => [
          `${programme} ${period}`,
          <Ltr key="programme">{programme}</Ltr>,
          <Period key="period" of={period} />,
          <Money key="rials" rials={rials} />,
        ])}
      />
    </Part>
  );
}

function Rations({ answer: { rations } }: Pick<OutcomeProps, 'answer'>): ReactNode {
  const say = useWords(words);
  if (rations.length === 0) return null;
  return (
    <Part title={say('rations')}>
      <RowsTable
        label={say('rations')}
        heads={[say('programmeName'), say('category'), say('period'), say('entitled'), say('usedBefore'), say('usedAfter')]}
        numbers={[3, 4, 5]}
        rows={rations.map(({ programme, category, period, entitled, usedBefore, usedAfter }) => [
          `${programme} ${category}`,
          <Ltr key="programme">{programme}</Ltr>,
          <Ltr key="category">{category}</Ltr>,
          <Period key="period" of={period} />,
          <Count key="entitled" of={Number(entitled)} />,
          <Count key="before" of={Number(usedBefore)} />,
          <Count key="after" of={Number(usedAfter)} />,
        ])}
      />
    </Part>
  ); // prettier-ignore
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <>
      <Text fw={600} mt="sm">
        {title}
      </Text>
      {children}
    </>
  );
}
