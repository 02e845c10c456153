import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { fileQuery, holdOrder, readFile, readSheba, sayDelivered, type FileLine, type WholeFile } from '../../api/settlement.ts'; // prettier-ignore
import type { Read } from '../../api/client.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { ListPage, type Column } from '../../components/list-page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Count, Day, Digits, Ltr, Masked, Moment, Money } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed } from './state.tsx';
import { words } from './words.ts';

const STATES = ['made', 'sent', 'accepted', 'paid', 'returned', 'held'] as const;

/** A payment file: how far it is, and each of its orders. */
export function Page(): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const id = useParam('file');
  const { data, error } = useQuery(fileQuery(id));
  const open = data !== undefined && ['made', 'written'].includes(data.body.state);
  const columns: readonly Column<FileLine>[] = [
    { id: 'order', head: say('order'), cell: (line) => <Ltr>{line.id}</Ltr> },
    { id: 'merchant', head: say('merchant'), cell: ({ merchant }) => <Go to={`/transactions?merchant=${merchant}`}><Ltr>{merchant}</Ltr></Go> }, // prettier-ignore
    { id: 'name', head: say('name'), cell: ({ name }) => <bdi>{name}</bdi> },
    { id: 'sheba', head: say('sheba'), cell: (line) => <Sheba line={line} /> },
    { id: 'amount', head: say('amount'), number: true, cell: ({ rials }) => <Money rials={rials} /> },
    { id: 'state', head: say('state'), cell: ({ state }) => <State of={state} /> },
    { id: 'reason', head: say('reason'), cell: ({ reason }) => <bdi>{reason ?? '—'}</bdi> },
    { id: 'changed', head: say('when'), cell: ({ changedAt }) => <Moment at={changedAt} /> },
    { id: 'acts', head: say('what'), cell: (line) => (open ? <Hold line={line} /> : '—') },
  ];
  return (
    <ListPage<FileLine>
      title={say('file.title', { id })}
      path={`/payment-files/${encodeURIComponent(id)}/lines`}
      viewsOf="/payment-files/lines"
      columns={columns}
      rowKey={(line) => line.id}
      exports
      filters={[{ kind: 'choice', name: 'state', label: say('state'), options: STATES.map((state) => [state, named('state', state)]) }]} // prettier-ignore
      acts={data !== undefined && <Acts seen={data} />}
    >
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </ListPage>
  );
}

function About(file: WholeFile): ReactNode {
  const say = useWords(words);
  return (
    <div className="sheet">
      <Facts
        rows={[
          [say('state'), <State key="state" of={file.state} />],
          [say('day'), <Go key="day" to={`/days/${file.businessDay}`}><Day iso={file.businessDay} /></Go>], // prettier-ignore
          [say('rail'), <Ltr key="rail">{file.rail}</Ltr>],
          [say('payOn'), <span key="on"><Day iso={file.payOn} /> <Digits>{file.cycle}</Digits></span>], // prettier-ignore
          [say('orders'), <span key="orders"><Count of={file.orders} query={file.query} /> · <Money rials={file.rials} query={file.query} /></span>], // prettier-ignore
          [say('maker'), <bdi key="maker">{file.maker}</bdi>],
          [say('checker'), <bdi key="checker">{file.checker ?? '—'}</bdi>],
          [say('writtenAt'), <Moment key="written" at={file.writtenAt} />],
          [say('releasedAt'), <Moment key="released" at={file.releasedAt} />],
          [say('leavingAt'), <Moment key="leaving" at={file.leavingAt} />],
          [say('deliveredAt'), <Moment key="delivered" at={file.deliveredAt} />],
          file.againBy === null ? undefined : [say('againBy'), file.againBy],
          [say('bytes'), <Ltr key="bytes">{file.bytes ?? '—'}</Ltr>],
          [say('sha256'), <Ltr key="sha" hex>{file.sha256 ?? '—'}</Ltr>], // prettier-ignore
        ]}
      />
    </div>
  );
}

function Acts({ seen }: { readonly seen: Read<WholeFile> }): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const { id, state } = seen.body;
  const base = { seen, readAgain: () => readFile(id), permission: 'money:stop' as const };
  const doubtful = state === 'leaving';
  const acts: readonly (NamedAct<WholeFile> | false)[] = [
    doubtful && {
      ...base,
      id: 'arrived',
      title: say('arrived'),
      explain: say('arrived.explain'),
      lines: (now) => [{ what: say('state'), before: named('state', now.state), after: named('state', 'delivered') }],
      send: ({ reason, ...sent }) => sayDelivered(id, { said: 'arrived', reason }, sent),
    },
    doubtful && {
      ...base,
      id: 'not-arrived',
      title: say('notArrived'),
      explain: say('notArrived.explain'),
      danger: true,
      send: ({ reason, ...sent }) => sayDelivered(id, { said: 'not-arrived', reason }, sent),
    },
  ];
  return <ActsBar acts={acts} />;
}

function Hold({ line }: { readonly line: FileLine }): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const act: NamedAct<unknown> | false = line.state === 'made' && {
    id: 'hold',
    permission: 'money:stop',
    title: say('hold'),
    explain: say('hold.explain'),
    seen: { body: line, etag: undefined },
    lines: () => [{ what: line.id, before: named('state', line.state), after: named('state', 'held') }],
    danger: true,
    send: ({ reason, key }) => holdOrder(line.id, { reason }, { key }),
  };
  return <ActsBar acts={[act]} small />;
}

/** Masked, until somebody who may asks for the whole of it: that is audited. */
function Sheba({ line }: { readonly line: FileLine }): ReactNode {
  const say = useWords(words);
  const [whole, setWhole] = useState<string>();
  const [error, setError] = useState<unknown>();
  if (whole !== undefined) return <Ltr>{whole}</Ltr>;
  return (
    <>
      <Masked>{line.sheba}</Masked>{' '}
      <Button
        variant="subtle"
        size="compact-xs"
        aria-label={`${say('showSheba')} ${line.id}`}
        onClick={() => {
          readSheba(line.id).then(({ body }) => {
            setWhole(body.sheba);
          }, setError);
        }}
      >
        {say('showSheba')}
      </Button>
      <ProblemNote error={error} />
    </>
  );
}
