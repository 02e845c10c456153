import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import {
  authoritiesQuery,
  authorityDaysQuery,
  proposeBinding,
  type Authorities,
  type AuthorityDay,
  type Binding,
} from '../../api/authorities.ts';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { Go } from '../../components/go.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Count, Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { BindingActs } from './binding-acts.tsx';
import { words } from './words.ts';

const TONES: Readonly<Record<string, Tone>> = { proposed: 'wait', approved: 'good', coming: 'wait', ended: 'bad' };

/** Who decides credit instead of our ledger: what is bound, since when and by whom; what copies have; what is to be told; what stood in;
 *  what lists came to. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { data } = useQuery(authoritiesQuery);
  const { data: days = [] } = useQuery(authorityDaysQuery);
  const columns: readonly Column<Binding>[] = [
    { id: 'id', head: say('id'), cell: ({ id }) => <Ltr>{id}</Ltr> },
    { id: 'authority', head: say('authority'), cell: ({ authority }) => <Ltr>{authority}</Ltr> },
    { id: 'programme', head: say('programme'), cell: ({ programme }) => <Ltr>{programme}</Ltr> },
    { id: 'state', head: say('state'), cell: (binding) => <State of={binding} today={data?.day} /> },
    { id: 'acts', head: say('acts'), cell: (binding) => <BindingActs of={binding} /> },
    { id: 'cards', head: say('cards'), cell: ({ cards }) => <Cards of={cards} /> },
    { id: 'url', head: say('url'), cell: ({ url }) => <Ltr>{url}</Ltr> },
    { id: 'ca', head: say('ca'), cell: ({ caSha256 }) => <Ca of={caSha256} /> },
    { id: 'reserve', head: say('reserve'), cell: ({ reserveSeconds }) => say('seconds', { count: reserveSeconds }) },
    { id: 'from', head: say('from'), cell: ({ from }) => <Day iso={from} /> },
    { id: 'proposedBy', head: say('proposedBy'), cell: ({ proposedBy, proposedAt }) => <Who name={proposedBy} at={proposedAt} /> }, // prettier-ignore
    { id: 'decidedBy', head: say('decidedBy'), cell: ({ decidedBy, decidedAt }) => <Who name={decidedBy} at={decidedAt} /> }, // prettier-ignore
    { id: 'endedBy', head: say('endedBy'), cell: ({ endedBy, endedAt }) => <Who name={endedBy} at={endedAt} /> },
    { id: 'reason', head: say('reason'), cell: ({ endReason, reason }) => <bdi>{endReason ?? reason}</bdi> }, // prettier-ignore
  ];
  return (
    <ListPage<Binding>
      title={say('title')}
      path="/authority-bindings"
      columns={columns}
      rowKey={({ id }) => id}
      acts={<Propose seen={data?.seen ?? []} today={data?.day ?? ''} />}
    >
      {data !== undefined && <Stands of={data} />}
      <Days of={days} />
      <Text component="h2" fw={600}>
        {say('bindings')}
      </Text>
    </ListPage>
  );
}

function Cards({ of }: { readonly of: readonly string[] }): ReactNode {
  return <Ltr>{of.length > 4 ? `${of.slice(0, 4).join(' ')} … (${of.length})` : of.join(' ')}</Ltr>;
}

function Ca({ of }: { readonly of: string | null }): ReactNode {
  const say = useWords(words);
  return of === null ? say('localOnly') : <span title={of}><Ltr hex>{of.slice(0, 16)}</Ltr></span>; // prettier-ignore
}

function Who({ name, at }: { readonly name: string | null; readonly at: string | null }): ReactNode {
  if (name === null) return '—';
  return (
    <span>
      <bdi>{name}</bdi> <Moment at={at} precision="minute" />
    </span>
  );
}

function State({
  of: { state, from },
  today,
}: {
  readonly of: Binding;
  readonly today: string | undefined;
}): ReactNode {
  const say = useWords(words);
  const shown = state === 'approved' && today !== undefined && from > today ? 'coming' : state;
  const key = `state.${shown}`;
  return <Tag tone={TONES[shown] ?? 'plain'}>{isWord(words, key) ? say(key) : shown}</Tag>;
}

function Stands({ of: { seen, open, stood } }: { readonly of: Authorities }): ReactNode {
  const say = useWords(words);
  const word = (kind: string, value: string): string => {
    const key = `${kind}.${value}`;
    return isWord(words, key) ? say(key) : value;
  };
  return (
    <>
      <Text component="h2" fw={600}>{say('seen')}</Text>
      {seen.length === 0 ? <Text>{say('seen.none')}</Text> : (
        <RowsTable
          label={say('seen')}
          heads={[say('authority'), say('programme'), say('cards'), say('url'), say('state'), say('firstAt'), say('lastAt')]}
          rows={seen.map(({ digest, authority, programme, cards, url, inForce, firstAt, lastAt }) => [
            `${authority} ${digest}`,
            <Ltr key="authority">{authority}</Ltr>,
            <Ltr key="programme">{programme}</Ltr>,
            <Cards key="cards" of={cards} />,
            <Ltr key="url">{url}</Ltr>,
            <Tag key="state" tone={inForce ? 'good' : 'bad'}>{say(inForce ? 'inForce' : 'notInForce')}</Tag>,
            <Moment key="first" at={firstAt} precision="minute" />,
            <Moment key="last" at={lastAt} precision="minute" />,
          ])}
        />
      )}
      <Text component="h2" fw={600}>{say('open')}</Text>
      {open.length === 0 ? <Text>{say('open.none')}</Text> : (
        <RowsTable
          label={say('open')}
          heads={[say('authority'), say('count'), say('oldest'), say('lastError')]}
          numbers={[1]}
          rows={open.map(({ authority, count, oldestAt, lastError }) => [
            authority,
            <Ltr key="authority">{authority}</Ltr>,
            <Count key="count" of={count} />,
            <Moment key="oldest" at={oldestAt} />,
            <bdi key="error">{lastError ?? '—'}</bdi>,
          ])}
        />
      )}
      <Text component="h2" fw={600}>{say('stood')}</Text>
      {stood.length === 0 ? <Text>{say('stood.none')}</Text> : (
        <RowsTable
          label={say('stood')}
          heads={[say('of'), say('state'), say('count'), say('rials'), say('refusedRials')]}
          numbers={[2, 3, 4]}
          rows={stood.map(({ of, state, count, rials, refusedRials }) => [
            `${of} ${state}`,
            word('of', of),
            word('stood', state),
            <Count key="count" of={count} query="authorities.stood" />,
            <Money key="rials" rials={rials} query="authorities.stood" />,
            <Money key="refused" rials={refusedRials} query="authorities.stood" />,
          ])}
        />
      )}
      <Text><Go to="/stand-ins">{say('stood.all')}</Go></Text>
    </>
  );
} // prettier-ignore

function Days({ of }: { readonly of: readonly AuthorityDay[] }): ReactNode {
  const say = useWords(words);
  return (
    <>
      <Text component="h2" fw={600}>{say('days')}</Text>
      {of.length === 0 ? <Text>{say('days.none')}</Text> : (
        <RowsTable
          label={say('days')}
          heads={[say('day'), say('authority'), say('lines'), say('total'), say('takenAt'), say('breaks'), say('openBreaks')]}
          numbers={[2, 3, 5, 6]}
          rows={of.map(({ day, authority, lines, rials, takenAt, breaks, openBreaks }) => [
            `${day} ${authority}`,
            <Day key="day" iso={day} />,
            <Ltr key="authority">{authority}</Ltr>,
            <Count key="lines" of={lines} />,
            <Money key="rials" rials={rials} />,
            <Moment key="taken" at={takenAt} precision="minute" />,
            <Count key="breaks" of={breaks} />,
            openBreaks === 0 ? <Count key="open" of={0} /> : <Go key="open" to="/breaks"><Count of={openBreaks} /></Go>,
          ])}
        />
      )}
    </>
  );
} // prettier-ignore

interface ProposeProps {
  readonly seen: Authorities['seen'];
  readonly today: string;
}

/** What copies have and nobody approved. */
function Propose({ seen, today }: ProposeProps): ReactNode {
  const say = useWords(words);
  const open = seen.filter(({ inForce }) => !inForce);
  const act: FieldAct<unknown> = {
    id: 'propose',
    permission: 'money:make',
    title: say('propose'),
    explain: say('propose.explain'),
    start: { from: today },
    ask: [
      {
        kind: 'choice',
        name: 'which',
        label: say('seen'),
        options: open.map(({ authority, digest, programme, url }) => [`${authority} ${digest}`, `${authority}: ${programme}, ${url}`]), // prettier-ignore
      },
      { kind: 'day', name: 'from', label: say('from') },
    ],
    send: ({ which = '', from }, { reason, key }) => {
      const [authority, digest] = which.split(' ');
      return proposeBinding({ authority, digest, from, reason }, { key });
    },
  };
  return open.length > 0 && <FieldActs acts={[act]} />;
}
