import type { Static } from 'typebox';
import type { ReactNode } from 'react';
import type { TransactionLine } from '../../../../src/console/api/transaction-schemas.ts';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Ltr, Masked, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

type Line = Static<typeof TransactionLine>;

const KINDS = ['purchase', 'return', 'reversal', 'forward', 'quote', 'release', 'advice'] as const;
const STATES = ['held', 'approved', 'declined', 'reversed'] as const;
const TONES: Readonly<Record<string, Tone>> = { approved: 'good', held: 'wait', declined: 'bad' };

export function Page(): ReactNode {
  const say = useWords(words);
  const named = (key: string, else_: string): string => (isWord(words, key) ? say(key) : else_);
  const columns: readonly Column<Line>[] = [
    { id: 'at', head: say('at'), cell: ({ at }) => <Moment at={at} /> },
    { id: 'rrn', head: say('rrn'), cell: ({ rrn }) => <Ltr>{rrn}</Ltr> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => named(`kind.${kind}`, kind) },
    { id: 'state', head: say('state'), cell: ({ state }) => <Tag tone={TONES[state] ?? 'plain'}>{named(`state.${state}`, state)}</Tag> }, // prettier-ignore
    { id: 'code', head: say('code'), cell: ({ code }) => <Ltr>{code ?? '—'}</Ltr> },
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal}</Ltr> },
    { id: 'shop', head: say('shop'), cell: ({ shop }) => <bdi>{shop}</bdi> },
    { id: 'card', head: say('card'), cell: ({ card }) => <Masked>{card}</Masked> },
    {
      id: 'total',
      head: say('total'),
      number: true,
      cell: ({ totalRials }) => <Money rials={totalRials} unit={false} />,
    },
    { id: 'voucher', head: say('voucher'), number: true, cell: ({ voucherRials }) => <Money rials={voucherRials} unit={false} /> }, // prettier-ignore
    { id: 'bankCard', head: say('bankCard'), number: true, cell: ({ cardRials }) => <Money rials={cardRials} unit={false} /> }, // prettier-ignore
    { id: 'cash', head: say('cash'), number: true, cell: ({ cashRials }) => <Money rials={cashRials} unit={false} /> },
  ];
  return (
    <ListPage<Line>
      title={say('title')}
      path="/transactions"
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/transactions/${id}`}
      exports
      filters={[
        { kind: 'range', from: 'from', to: 'to' },
        { kind: 'text', name: 'terminal', label: say('terminal') },
        { kind: 'text', name: 'merchant', label: say('merchant') },
        { kind: 'text', name: 'rrn', label: say('rrn') },
        { kind: 'text', name: 'stan', label: say('stan') },
        { kind: 'text', name: 'card', label: say('cardHint') },
        { kind: 'text', name: 'code', label: say('code') },
        { kind: 'choice', name: 'kind', label: say('kind'), options: KINDS.map((kind) => [kind, say(`kind.${kind}`)]) },
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, say(`state.${state}`)]) }, // prettier-ignore
      ]}
    />
  );
}
