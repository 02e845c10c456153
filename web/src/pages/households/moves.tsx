import type { ReactNode } from 'react';
import { latinDigits } from '../../../../src/field/persian.ts';
import { decideMove, proposeMove, type HouseholdMove } from '../../api/scheme.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Count, Ltr, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './move-words.ts';

const KINDS = ['merge', 'split', 'card'] as const;
const STATES = ['proposed', 'approved', 'rejected'] as const;
const CAUSES = ['marriage', 'divorce', 'deceased', 'moved-out', 'mistake', 'other'] as const;
const TONES: Readonly<Record<string, Tone>> = { proposed: 'wait', approved: 'good' };

function useMoveWord(): (kind: string, value: string) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value}`;
    return isWord(words, key) ? say(key) : value;
  };
}

/** Households that merge, split, or let a card go: one person proposes, another approves. */
export function Page(): ReactNode {
  const say = useWords(words);
  const word = useMoveWord();
  const columns: readonly Column<HouseholdMove>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'kind', head: say('kind'), cell: ({ kind }) => word('kind', kind) },
    { id: 'from', head: say('from'), cell: ({ from, fromMembers }) => <span><Ltr>{from}</Ltr> {say('members', { count: fromMembers })}</span> }, // prettier-ignore
    { id: 'to', head: say('to'), cell: ({ to, toMembers }) => <span><Ltr>{to}</Ltr> {say('members', { count: toMembers })}</span> }, // prettier-ignore
    { id: 'cards', head: say('cards'), number: true, cell: ({ cards }) => <Count of={cards} /> },
    { id: 'persons', head: say('persons'), number: true, cell: ({ persons }) => <Count of={persons} /> },
    { id: 'cause', head: say('cause'), cell: ({ cause }) => word('cause', cause) },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason}</bdi> },
    { id: 'state', head: say('state'), cell: ({ state }) => <Tag tone={TONES[state] ?? 'plain'}>{word('state', state)}</Tag> }, // prettier-ignore
    { id: 'moved', head: say('moved'), number: true, cell: ({ state, movedRials }) => (state === 'approved' ? <Money rials={movedRials} /> : '—') }, // prettier-ignore
    { id: 'proposedBy', head: say('proposedBy'), cell: ({ proposedBy }) => <bdi>{proposedBy}</bdi> },
    { id: 'at', head: say('at'), cell: ({ proposedAt }) => <Moment at={proposedAt} precision="minute" /> },
    {
      id: 'decidedBy',
      head: say('decidedBy'),
      cell: ({ decidedBy }) => <bdi>{decidedBy ?? '—'}</bdi>,
    },
    { id: 'acts', head: say('acts'), cell: (move) => <Decide move={move} /> },
  ];
  return (
    <ListPage<HouseholdMove>
      title={say('title')}
      path="/household-moves"
      columns={columns}
      rowKey={({ id }) => id}
      acts={<Propose />}
      filters={[
        { kind: 'text', name: 'household', label: say('household') },
        { kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, say(`state.${state}`)]) }, // prettier-ignore
      ]}
    />
  );
}

function Propose(): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'propose',
    permission: 'money:make',
    title: say('propose'),
    explain: say('propose.explain'),
    ask: [
      { kind: 'choice', name: 'kind', label: say('kind'), options: KINDS.map((kind) => [kind, say(`kind.${kind}`)]) },
      { kind: 'text', name: 'from', label: say('from'), max: 20, ltr: true },
      { kind: 'text', name: 'to', label: say('to'), max: 20, ltr: true },
      { kind: 'area', name: 'cards', label: say('cards.masked'), optional: true },
      { kind: 'text', name: 'persons', label: say('persons'), max: 3, ltr: true, optional: true },
      { kind: 'choice', name: 'cause', label: say('cause'), options: CAUSES.map((cause) => [cause, say(`cause.${cause}`)]) }, // prettier-ignore
    ],
    fault: ({ persons }) => (persons === undefined || /^\d{1,3}$/.test(latinDigits(persons)) ? undefined : say('notNumber')), // prettier-ignore
    send: ({ kind, from, to, cards = '', persons, cause }, { reason, key }) => {
      const named = latinDigits(cards).split(/[\s,،]+/).filter((each) => each !== ''); // prettier-ignore
      const many = persons === undefined ? {} : { persons: Number(latinDigits(persons)) };
      return proposeMove({ kind, from, to, cards: named, ...many, cause, reason }, { key });
    },
  };
  return <FieldActs acts={[act]} />;
}

function Decide({ move }: { readonly move: HouseholdMove }): ReactNode {
  const say = useWords(words);
  const word = useMoveWord();
  const { id, state } = move;
  const base = { seen: { body: move, etag: undefined }, ask: [] };
  const become = (after: string) => () => [{ what: say('state'), before: word('state', state), after: word('state', after) }]; // prettier-ignore
  const acts: readonly FieldAct<HouseholdMove>[] = state !== 'proposed' ? [] : [
    { ...base, id: 'approve', permission: 'money:approve', title: say('approve'), explain: say('approve.explain'), danger: true, lines: become('approved'), send: (_, { reason, key }) => decideMove(id, 'approval', reason, { key }) },
    { ...base, id: 'reject', permission: 'money:stop', title: say('reject'), lines: become('rejected'), send: (_, { reason, key }) => decideMove(id, 'rejection', reason, { key }) },
  ]; // prettier-ignore
  return <FieldActs acts={acts} small />;
}
