import { NativeSelect, TextInput, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Read } from '../../api/client.ts';
import { assignBreak, breakQuery, commentBreak, decideBreak, proposeBreak, readBreak, type WholeBreak } from '../../api/settlement.ts'; // prettier-ignore
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Told } from '../../components/told.tsx';
import { Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { amountOf, rialsOf, unitOf } from '../../format/money.ts';
import { useWords } from '../../words/tongue.ts';
import { State, useNamed } from './state.tsx';
import { words } from './words.ts';

/** A difference: with whom it is, and its end by two persons. */
export function Page(): ReactNode {
  const say = useWords(words);
  const id = useParam('break');
  const { data, error } = useQuery(breakQuery(id));
  return (
    <PageFrame title={say('break.title', { id })} acts={data !== undefined && <Acts seen={data} />}>
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(found: WholeBreak): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  return (
    <>
      <div className="sheet">
        <Facts
          rows={[
            [say('class'), named('class', found.class)],
            [say('state'), <State key="state" of={found.state} />],
            [say('age'), say('ageDays', { days: found.ageDays })],
            [say('settlementDate'), <Day key="date" iso={found.settlementDate} />],
            [say('merchant'), <Ltr key="merchant">{found.merchant}</Ltr>],
            [say('terminal'), <Ltr key="terminal">{found.terminal}</Ltr>],
            [say('rrn'), <Ltr key="rrn">{found.rrn}</Ltr>],
            [say('amount'), <Money key="rials" rials={found.rials} />],
            [say('detail'), <Told key="detail" text={found.detail} />],
            [say('owner'), found.owner],
            found.transaction === null
              ? undefined
              : [say('transaction'), <Go key="transaction" to={`/transactions/${found.transaction}`}>{say('seeTransaction')}</Go>], // prettier-ignore
            found.post === null
              ? undefined
              : [say('proposal'), <span key="post">{named('post', found.post)} · <Money rials={found.postRials} /> · <bdi>{found.proposedBy}</bdi></span>], // prettier-ignore
            found.reason === null ? undefined : [say('reason'), <bdi key="reason">{found.reason}</bdi>],
          ]}
        />
      </div>
      {found.events.length > 0 && (
        <RowsTable
          label={say('events')}
          heads={[say('when'), say('who'), say('what'), say('detail')]}
          rows={found.events.map(({ at, actor, event, detail }, n) => [
            `${at} ${n}`,
            <Moment key="at" at={at} />,
            <bdi key="actor">{actor}</bdi>,
            named('event', event),
            <Told key="detail" text={detail} />,
          ])}
        />
      )}
    </>
  );
}

const POSTS = ['credit', 'debit', 'none'] as const;

function Acts({ seen }: { readonly seen: Read<WholeBreak> }): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  const looks = usePreferences();
  const { id, state, owner, rials } = seen.body;
  const [typed, setTyped] = useState('');
  const [post, setPost] = useState<string>('none');
  const [amount, setAmount] = useState('');
  const wanted = amount.trim() === '' ? undefined : rialsOf(looks, amount);
  const base = { seen, readAgain: () => readBreak(id) };
  const proposal = (found: WholeBreak): string => found.post === null ? '—' : `${named('post', found.post)} ${found.postRials ?? ''}`; // prettier-ignore
  const open = state === 'open';
  const acts: readonly (NamedAct<WholeBreak> | false)[] = [
    state !== 'resolved' && {
      ...base,
      id: 'assign',
      permission: 'breaks:work',
      title: say('assign'),
      reason: 'none',
      lines: (now) => [
        { what: say('owner'), before: now.owner ?? '—', after: typed.trim() === '' ? '—' : typed.trim() },
      ],
      fields: <TextInput label={say('owner')} required maxLength={64} value={typed} onChange={(event) => { setTyped(event.currentTarget.value); }} />, // prettier-ignore
      ready: typed.trim() !== '',
      send: ({ etag, key }) => assignBreak(id, { owner: typed.trim() }, { etag, key }),
    },
    {
      ...base,
      id: 'comment',
      permission: 'breaks:work',
      title: say('comment'),
      reason: 'none',
      fields: <Textarea label={say('text')} required maxLength={1_000} autosize minRows={3} value={typed} onChange={(event) => { setTyped(event.currentTarget.value); }} />, // prettier-ignore
      ready: typed.trim() !== '',
      send: ({ etag, key }) => commentBreak(id, { text: typed.trim() }, { etag, key }),
    },
    open && {
      ...base,
      id: 'propose',
      permission: 'money:make',
      title: say('propose'),
      explain: say('propose.explain'),
      lines: (now) => [{ what: say('proposal'), before: proposal(now), after: post === 'none' ? named('post', post) : `${named('post', post)} ${amountOf(looks, wanted ?? rials)} ${unitOf(looks)}` }], // prettier-ignore
      fields: (
        <>
          <NativeSelect label={say('post')} value={post} data={POSTS.map((value) => ({ value, label: named('post', value) }))} onChange={(event) => { setPost(event.currentTarget.value); }} />
          {post !== 'none' && <TextInput label={`${say('amount')} (${unitOf(looks)})`} placeholder={amountOf(looks, rials)} value={amount} onChange={(event) => { setAmount(event.currentTarget.value); }} />}
        </>
      ), // prettier-ignore
      ready: amount.trim() === '' || wanted !== undefined,
      send: ({ reason, etag, key }) => proposeBreak(id, { post, reason, ...(post === 'none' || wanted === undefined ? {} : { rials: wanted }) }, { etag, key }), // prettier-ignore
    },
    state === 'proposed' && {
      ...base,
      id: 'approve',
      permission: 'money:approve',
      title: say('approve'),
      lines: (now) => [{ what: say('state'), before: `${named('state', now.state)}: ${proposal(now)}`, after: named('state', 'resolved') }], // prettier-ignore
      danger: true,
      send: ({ reason, etag, key }) => decideBreak(id, { verdict: 'approve', reason }, { etag, key }),
    },
    state === 'proposed' && {
      ...base,
      id: 'reject',
      permission: 'money:approve',
      title: say('reject'),
      lines: (now) => [{ what: say('state'), before: `${named('state', now.state)}: ${proposal(now)}`, after: named('state', 'open') }], // prettier-ignore
      send: ({ reason, etag, key }) => decideBreak(id, { verdict: 'reject', reason }, { etag, key }),
    },
  ];
  return (
    <ActsBar
      acts={acts}
      onOpen={() => {
        setTyped(owner ?? '');
        setAmount('');
        setPost('none');
      }}
    />
  );
}
