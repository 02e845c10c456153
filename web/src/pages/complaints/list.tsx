import type { ReactNode } from 'react';
import { fileComplaint, type Complaint } from '../../api/shops.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Ltr, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const STATES = ['WATCHED', 'ANSWERED', 'OPEN', 'ASKED', 'PROPOSED', 'ACCEPTED', 'REFUSED', 'WITHDRAWN', 'LAPSED'] as const; // prettier-ignore
const PARTIES = ['support', 'second_person', 'complainant', 'bank', 'system'] as const;
const TONES: Readonly<Record<string, Tone>> = { OPEN: 'bad', PROPOSED: 'wait', ASKED: 'wait', ACCEPTED: 'good', ANSWERED: 'good' }; // prettier-ignore

export function useComplaintWord(): (kind: string, value: string | undefined) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value ?? ''}`;
    return isWord(words, key) ? say(key) : (value ?? '—');
  };
}

export function ComplaintState({ state }: { readonly state: string }): ReactNode {
  return <Tag tone={TONES[state] ?? 'plain'}>{useComplaintWord()('state', state)}</Tag>;
}

export function Page(): ReactNode {
  const say = useWords(words);
  const word = useComplaintWord();
  const columns: readonly Column<Complaint>[] = [
    { id: 'number', head: say('number'), cell: ({ number }) => <Ltr>{number}</Ltr> },
    { id: 'filedAt', head: say('filedAt'), cell: ({ filedAt }) => <Moment at={filedAt} precision="minute" /> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => word('kind', kind) },
    { id: 'by', head: say('filedBy'), cell: ({ filedBy }) => word('by', filedBy) },
    { id: 'state', head: say('state'), cell: ({ state }) => <ComplaintState state={state} /> },
    { id: 'waits', head: say('waitsOn'), cell: ({ waiting }) => word('party', waiting?.on) },
    { id: 'finding', head: say('finding'), cell: ({ finding }) => word('finding', finding) },
    { id: 'shop', head: say('shop'), cell: ({ shop }) => <bdi>{shop}</bdi> },
    { id: 'rrn', head: say('rrn'), cell: ({ rrn }) => <Ltr>{rrn}</Ltr> },
    { id: 'amount', head: say('amount'), number: true, cell: ({ totalRials }) => <Money rials={totalRials} /> },
  ];
  return (
    <ListPage<Complaint>
      title={say('title')}
      path="/complaints"
      exports
      columns={columns}
      rowKey={({ id }) => id}
      rowTo={({ id }) => `/complaints/${id}`}
      acts={<FileOne />}
      filters={[
        { kind: 'choice', name: 'waitsOn', label: say('waitsOn'), options: PARTIES.map((party) => [party, say(`party.${party}`)]) }, // prettier-ignore
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, say(`state.${state}`)]) }, // prettier-ignore
      ]}
    />
  );
}

const KINDS = ['deducted', 'amount', 'not_paid', 'overcharged', 'refused_to_sell'] as const;

/** What somebody tells by phone, from their receipt. */
function FileOne(): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'file',
    permission: 'breaks:work',
    title: say('file'),
    explain: say('file.explain'),
    reason: 'none',
    ask: [
      { kind: 'choice', name: 'kind', label: say('kind'), options: KINDS.map((kind) => [kind, say(`kind.${kind}`)]) },
      { kind: 'text', name: 'rrn', label: say('rrn'), max: 12, ltr: true },
      { kind: 'text', name: 'terminal', label: say('terminal'), max: 8, ltr: true },
      { kind: 'money', name: 'totalRials', label: say('amount') },
      { kind: 'text', name: 'last4', label: say('last4'), max: 4, ltr: true },
      { kind: 'text', name: 'mobile', label: say('mobile'), max: 11, ltr: true, optional: true },
      { kind: 'area', name: 'text', label: say('told') },
    ],
    send: (values, { key }) => fileComplaint(values, { key }),
  };
  return <FieldActs acts={[act]} />;
}
