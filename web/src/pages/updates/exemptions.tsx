import type { ReactNode } from 'react';
import { endExemption, exempt, type Exemption } from '../../api/updates.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { dayFromToday } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { UpdateState, useUpdateWord } from './word.tsx';
import { words } from './words.ts';

/** Who may sell below a minimum version, until when: a terminal, a shop, a model. */
export function Page(): ReactNode {
  const say = useWords(words);
  const columns: readonly Column<Exemption>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'whom', head: say('whom'), cell: (one) => <Whom {...one} /> },
    { id: 'minimum', head: say('ofMinimum'), cell: ({ minimumId }) => (minimumId === null ? say('everyMinimum') : <Ltr>{minimumId}</Ltr>) }, // prettier-ignore
    { id: 'until', head: say('until'), cell: ({ until }) => <Moment at={until} precision="minute" /> },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason}</bdi> },
    { id: 'by', head: say('madeBy'), cell: ({ madeBy }) => <bdi>{madeBy}</bdi> },
    { id: 'state', head: say('state'), cell: ({ state }) => <UpdateState state={state} /> },
    { id: 'acts', head: say('what'), cell: (one) => <End one={one} /> },
  ];
  return (
    <ListPage<Exemption>
      title={say('exemptions.title')}
      path="/updates/exemptions"
      columns={columns}
      rowKey={({ id }) => id}
      acts={<Make />}
    />
  );
}

function Whom({ terminal, merchant, model, psp }: Exemption): ReactNode {
  const say = useWords(words);
  const told = ([['terminal', terminal], ['merchant', merchant], ['model', model], ['psp', psp]] as const).filter(([, value]) => value !== null); // prettier-ignore
  return told.map(([kind, value]) => (
    <span key={kind} className="whole">
      {say(kind)} <Ltr>{value}</Ltr>{' '}
    </span>
  ));
}

/** Of whom it speaks: one of terminal, shop and model; a PSP narrows a model. */
function Make(): ReactNode {
  const say = useWords(words);
  const act: FieldAct<unknown> = {
    id: 'exempt',
    permission: 'updates:approve',
    title: say('exempt'),
    explain: say('exempt.explain'),
    danger: true,
    ask: [
      { kind: 'text', name: 'terminal', label: say('terminal'), max: 8, ltr: true, optional: true },
      { kind: 'text', name: 'merchant', label: say('merchant'), max: 15, ltr: true, optional: true },
      { kind: 'text', name: 'model', label: say('model'), max: 60, ltr: true, optional: true },
      { kind: 'text', name: 'psp', label: say('psp'), max: 60, ltr: true, optional: true },
      { kind: 'text', name: 'minimumId', label: say('ofMinimum'), max: 18, ltr: true, optional: true },
      { kind: 'day', name: 'until', label: say('until'), from: dayFromToday(1), until: dayFromToday(400) },
    ],
    fault: ({ terminal, merchant, model, psp }) => {
      const named = [terminal, merchant, model].filter((each) => each !== undefined).length;
      if (named !== 1) return say('exempt.one');
      return psp !== undefined && model === undefined ? say('exempt.psp') : undefined;
    },
    send: (values, { reason, key }) => exempt({ ...values, reason }, { key }),
  };
  return <FieldActs acts={[act]} />;
}

function End({ one }: { readonly one: Exemption }): ReactNode {
  const say = useWords(words);
  const word = useUpdateWord();
  const { id, state } = one;
  const act: FieldAct<Exemption> | false = state === 'holds' && {
    id: 'end',
    permission: 'updates:stop',
    title: say('endExemption'),
    ask: [],
    seen: { body: one, etag: undefined },
    lines: () => [{ what: say('state'), before: word('state', state), after: word('state', 'ended') }],
    send: (_, { reason, key }) => endExemption(id, reason, { key }),
  };
  return <FieldActs small acts={[act]} />;
}
