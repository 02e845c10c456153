import type { ReactNode } from 'react';
import type { Stood } from '../../api/authorities.ts';
import { Go } from '../../components/go.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const TONES: Readonly<Record<string, Tone>> = { waiting: 'wait', refused: 'bad', taken: 'good', stands: 'good' };
const STATES = ['waiting', 'taken', 'refused', 'returned', 'stands'] as const;

/** What stood in for an authority or a bank, purchase by purchase, and what became of it. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Stood>[] = [
    { id: 'day', head: say('day'), cell: ({ day }) => <Day iso={day} /> },
    { id: 'at', head: say('at'), cell: ({ at }) => <Moment at={at} time /> },
    { id: 'of', head: say('of'), cell: ({ of, authority }) => <span>{say(of === 'bank' ? 'of.bank' : 'of.authority')} <Ltr>{authority ?? ''}</Ltr></span> }, // prettier-ignore
    { id: 'programmes', head: say('programme'), cell: ({ programmes }) => <Ltr>{programmes.join(' ')}</Ltr> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Ltr>{merchant}</Ltr> },
    { id: 'terminal', head: say('terminal'), cell: ({ terminal }) => <Ltr>{terminal ?? '—'}</Ltr> },
    { id: 'transaction', head: say('transaction'), cell: ({ transaction, rrn }) => (transaction === null ? '—' : <Go to={`/transactions/${transaction}`}><Ltr>{rrn ?? transaction}</Ltr></Go>) }, // prettier-ignore
    { id: 'rials', head: say('rials'), number: true, cell: ({ rials }) => <Money rials={rials} /> },
    { id: 'refused', head: say('refusedRials'), number: true, cell: ({ state, refusedRials }) => (state === 'refused' ? <Money rials={refusedRials} /> : '—') }, // prettier-ignore
    { id: 'state', head: say('state'), cell: ({ state }) => <State of={state} /> },
    { id: 'why', head: say('why'), cell: (row) => <Why of={row} /> },
  ];
  return (
    <ListPage<Stood>
      title={say('stood.title')}
      path="/stand-ins"
      columns={columns}
      rowKey={({ of, number }) => `${of} ${number}`}
      exports
      filters={[
        { kind: 'choice', name: 'of', label: say('of'), options: [['authority', say('of.authority')], ['bank', say('of.bank')]] }, // prettier-ignore
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, say(`stood.${state}`)]) }, // prettier-ignore
        { kind: 'range', from: 'from', to: 'to' },
      ]}
    />
  );
}

function State({ of }: { readonly of: string }): ReactNode {
  const say = useWords(words);
  const key = `stood.${of}`;
  return <Tag tone={TONES[of] ?? 'plain'}>{isWord(words, key) ? say(key) : of}</Tag>;
}

function Why({ of: { why, uncheckedPin } }: { readonly of: Stood }): ReactNode {
  const say = useWords(words);
  const key = `why.${why ?? ''}`;
  return (
    <span>
      <bdi>{isWord(words, key) ? say(key) : (why ?? '—')}</bdi>
      {uncheckedPin && ` · ${say('pin')}`}
    </span>
  );
}
