import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { decideStandIn, proposeStandIn, type StandInRule } from '../../api/authorities.ts';
import { programmesQuery } from '../../api/scheme.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const TONES: Readonly<Record<string, Tone>> = { proposed: 'wait', inForce: 'good' };

/** Up to what is granted in place of an authority or a bank that does not answer: rules of two persons, by date. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<StandInRule>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'programme', head: say('programme'), cell: ({ programme }) => <Ltr>{programme}</Ltr> },
    { id: 'of', head: say('of'), cell: ({ standsFor }) => say(standsFor === 'bank' ? 'of.bank' : 'of.authority') },
    { id: 'state', head: say('state'), cell: (rule) => <State of={rule} /> },
    { id: 'acts', head: say('acts'), cell: (rule) => <Decide rule={rule} /> },
    { id: 'from', head: say('from'), cell: ({ from }) => <Day iso={from} /> },
    { id: 'household', head: say('household'), number: true, cell: ({ householdRials }) => <Money rials={householdRials} /> }, // prettier-ignore
    { id: 'shop', head: say('shop'), number: true, cell: ({ shopRials }) => <Money rials={shopRials} /> },
    { id: 'pin', head: say('uncheckedPin'), cell: ({ standsFor, uncheckedPin }) => (standsFor === 'bank' ? say(uncheckedPin ? 'uncheckedPin.yes' : 'uncheckedPin.no') : '—') }, // prettier-ignore
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason}</bdi> },
    { id: 'proposedBy', head: say('proposedBy'), cell: ({ proposedBy, proposedAt }) => <span><bdi>{proposedBy}</bdi> <Moment at={proposedAt} precision="minute" /></span> }, // prettier-ignore
    { id: 'decidedBy', head: say('decidedBy'), cell: ({ decidedBy, decidedAt }) => (decidedBy === null ? '—' : <span><bdi>{decidedBy}</bdi> <Moment at={decidedAt} precision="minute" /></span>) }, // prettier-ignore
  ];
  return (
    <ListPage<StandInRule>
      title={say('rules.title')}
      path="/stand-in-rules"
      columns={columns}
      rowKey={({ id }) => id}
      acts={<Propose />}
    />
  );
}

function State({ of: { state, inForce } }: { readonly of: StandInRule }): ReactNode {
  const say = useWords(words);
  const shown = inForce ? 'inForce' : state;
  const key = `rule.${shown}`;
  return <Tag tone={TONES[shown] ?? 'plain'}>{isWord(words, key) ? say(key) : shown}</Tag>;
}

function Propose(): ReactNode {
  const say = useWords(words);
  const { data } = useQuery(programmesQuery);
  const act: FieldAct<unknown> = {
    id: 'propose',
    permission: 'money:make',
    title: say('rule.propose'),
    explain: say('rule.explain'),
    ask: [
      { kind: 'choice', name: 'programme', label: say('programme'), options: (data?.items ?? []).map(({ programme }) => [programme, programme]) }, // prettier-ignore
      { kind: 'choice', name: 'standsFor', label: say('of'), options: [['authority', say('of.authority')], ['bank', say('of.bank')]] }, // prettier-ignore
      { kind: 'day', name: 'from', label: say('from') },
      { kind: 'money', name: 'household', label: say('household') },
      { kind: 'money', name: 'shop', label: say('shop') },
      { kind: 'choice', name: 'pin', label: say('uncheckedPin'), options: [['no', say('uncheckedPin.no')], ['yes', say('uncheckedPin.yes')]] }, // prettier-ignore
    ],
    start: { standsFor: 'authority', pin: 'no' },
    send: ({ programme, standsFor, from, household, shop, pin }, { reason, key }) =>
      proposeStandIn(
        { programme, standsFor, from, householdRials: household, shopRials: shop, uncheckedPin: pin === 'yes', reason },
        { key },
      ),
  };
  return <FieldActs acts={[act]} />;
}

function Decide({ rule }: { readonly rule: StandInRule }): ReactNode {
  const say = useWords(words);
  const { id, state } = rule;
  const base = { seen: { body: rule, etag: undefined }, ask: [] };
  const become = (after: 'rule.approved' | 'rule.rejected') => () => [{ what: say('state'), before: say('rule.proposed'), after: say(after) }]; // prettier-ignore
  const acts: readonly FieldAct<StandInRule>[] = state !== 'proposed' ? [] : [
    { ...base, id: 'approve', permission: 'money:approve', title: say('rule.approve'), explain: say('rule.approve.explain'), danger: true, lines: become('rule.approved'), send: (_, { reason, key }) => decideStandIn(id, 'approval', reason, { key }) },
    { ...base, id: 'reject', permission: 'money:stop', title: say('rule.reject'), lines: become('rule.rejected'), send: (_, { reason, key }) => decideStandIn(id, 'rejection', reason, { key }) },
  ]; // prettier-ignore
  return <FieldActs acts={acts} small />;
}
