import { Group, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { costsQuery, type Costs as Found } from '../../api/scheme.ts';
import { usePreferences } from '../../app/preferences.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Day, Money } from '../../components/texts.tsx';
import { rialsOf, unitOf } from '../../format/money.ts';
import { useWords } from '../../words/tongue.ts';
import { useNamed } from './changes.tsx';
import { words } from './words.ts';

/** What one purchase would cost by the rows of a day: the card part by programme, and each fee with its payee. */
export function Costs({ day }: { readonly day: string }): ReactNode {
  const say = useWords(words);
  const looks = usePreferences();
  const [typed, setTyped] = useState({ voucher: '', card: '' });
  const [voucherRials, cardRials] = [rialsOf(looks, typed.voucher), rialsOf(looks, typed.card)];
  const asked = voucherRials === undefined || cardRials === undefined ? undefined : { voucherRials, cardRials, day };
  const { data, error } = useQuery(costsQuery(asked));
  const input = (name: 'voucher' | 'card'): ReactNode => (
    <TextInput label={`${say(`costs.${name}`)} (${unitOf(looks)})`} inputMode="numeric" dir="ltr" maxLength={20} value={typed[name]} onChange={(event) => { setTyped({ ...typed, [name]: event.currentTarget.value }); }} />
  ); // prettier-ignore
  return (
    <section aria-label={say('costs')}>
      <Text fw={600}>{say('costs')}</Text>
      <Group>
        {input('voucher')}
        {input('card')}
      </Group>
      <ProblemNote error={error} />
      {asked !== undefined && data !== undefined && <Table {...data} />}
    </section>
  );
}

function Table({ cardParts, fees }: Found): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  if (cardParts.length + fees.length === 0) return <Text>{say('costs.none')}</Text>;
  const row = (
    key: string,
    what: string,
    from: string,
    rials: string,
    most: string | null,
    payee: string | null,
  ): readonly [string, ...ReactNode[]] => [
    key,
    <bdi key="what">{what}</bdi>,
    <Day key="from" iso={from} />,
    <Money key="rials" rials={rials} />,
    <Money key="most" rials={most} />,
    payee === null ? say('costs.shop') : <bdi key="payee">{payee}</bdi>,
  ];
  return (
    <RowsTable
      label={say('costs')}
      heads={[say('costs.what'), say('costs.from'), say('costs.rials'), say('costs.most'), say('costs.payee')]}
      numbers={[2, 3]}
      rows={[
        ...cardParts.map((each) => row(`card ${each.programme}`, `${named('section', 'cardParts')} ${each.programme}`, each.from, each.rials, each.mostRials, each.payee)),
        ...fees.map((each) => row(`fee ${each.fee}`, each.fee, each.from, each.rials, null, each.payee)),
      ]}
    />
  ); // prettier-ignore
}
