import { NativeSelect, TextInput, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Read } from '../../api/client.ts';
import { actOnComplaint, complaintQuery, readComplaint, type Complaint } from '../../api/shops.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Day, Ltr, Moment, Money } from '../../components/texts.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { amountOf, rialsOf, unitOf } from '../../format/money.ts';
import { useWords } from '../../words/tongue.ts';
import { ComplaintState, useComplaintWord } from './list.tsx';
import { words } from './words.ts';

const REMEDIES = ['none', 'return', 'credit_shop', 'debit_shop'] as const;

export function Page(): ReactNode {
  const say = useWords(words);
  const id = useParam('complaint');
  const { data, error } = useQuery(complaintQuery(id));
  return (
    <PageFrame
      title={say('one', { number: data?.body.number ?? id })}
      acts={data !== undefined && <Acts seen={data} />}
    >
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
    </PageFrame>
  );
}

function About(complaint: Complaint): ReactNode {
  const say = useWords(words);
  const word = useComplaintWord();
  const { waiting } = complaint;
  return (
    <>
      {waiting !== undefined && <Waiting on={word('party', waiting.on)} since={waiting.since} until={waiting.until} />}
      <div className="sheet">
        <Facts
          rows={[
            [say('kind'), word('kind', complaint.kind)],
            [say('filedBy'), word('by', complaint.filedBy)],
            [say('filedAt'), <Moment key="filed" at={complaint.filedAt} />],
            [say('state'), <ComplaintState key="state" state={complaint.state} />],
            [say('finding'), word('finding', complaint.finding)],
            [say('foundAt'), <Moment key="found" at={complaint.foundAt} />],
            [say('shop'), <span key="shop"><bdi>{complaint.shop}</bdi> · <Ltr>{complaint.merchant}</Ltr></span>], // prettier-ignore
            [say('terminal'), <Ltr key="terminal">{complaint.terminal}</Ltr>],
            [say('rrn'), <Go key="rrn" to={`/transactions?rrn=${complaint.rrn}`}><Ltr>{complaint.rrn}</Ltr></Go>], // prettier-ignore
            [say('amount'), <Money key="amount" rials={complaint.totalRials} />],
            [say('day'), <Day key="day" iso={complaint.businessDay} />],
            [say('told'), <bdi key="told">{complaint.told}</bdi>],
            complaint.asked === undefined ? undefined : [say('asked'), <bdi key="asked">{complaint.asked}</bdi>],
            complaint.remedy === undefined
              ? undefined
              : [say('remedy'), <span key="remedy">{word('remedy', complaint.remedy)} · <Money rials={complaint.remedyRials} /></span>], // prettier-ignore
            complaint.reason === undefined ? undefined : [say('reason'), <bdi key="reason">{complaint.reason}</bdi>],
            complaint.posting === undefined ? undefined : [say('posting'), <Ltr key="posting">{complaint.posting}</Ltr>], // prettier-ignore
          ]}
        />
      </div>
    </>
  );
}

function Acts({ seen }: { readonly seen: Read<Complaint> }): ReactNode {
  const say = useWords(words);
  const word = useComplaintWord();
  const looks = usePreferences();
  const [text, setText] = useState('');
  const [remedy, setRemedy] = useState<string>('none');
  const [amount, setAmount] = useState('');
  const { id, totalRials, waiting } = seen.body;
  const can = (what: string): boolean => waiting?.can.includes(what) === true;
  const wanted = amount.trim() === '' ? undefined : rialsOf(looks, amount);
  const base = { seen, readAgain: () => readComplaint(id) };
  const become =
    (after: string) =>
    (now: Complaint): { what: string; before: string; after: string }[] => [
      { what: say('state'), before: word('state', now.state), after: word('state', after) },
    ];
  const textField = <Textarea label={say('text')} required maxLength={1_000} autosize minRows={3} value={text} onChange={(event) => { setText(event.currentTarget.value); }} />; // prettier-ignore
  const said = (kind: 'ask' | 'answer' | 'contest', after: string): NamedAct<Complaint> | false =>
    can(kind) && {
      ...base,
      id: kind,
      permission: 'breaks:work',
      title: say(kind),
      explain: kind === 'ask' ? say('ask.explain') : undefined,
      reason: 'none',
      lines: become(after),
      fields: textField,
      ready: text.trim() !== '',
      send: ({ etag, key }) => actOnComplaint(id, kind, { text: text.trim() }, { etag, key }),
    };
  const acts: readonly (NamedAct<Complaint> | false)[] = [
    said('ask', 'ASKED'),
    said('answer', 'OPEN'),
    said('contest', 'OPEN'),
    can('refuse') && {
      ...base,
      id: 'refuse',
      permission: 'breaks:work',
      title: say('refuse'),
      reasonMin: 10,
      lines: become('REFUSED'),
      danger: true,
      send: ({ reason, ...sent }) => actOnComplaint(id, 'refusal', { reason }, sent),
    },
    can('propose') && {
      ...base,
      id: 'propose',
      permission: 'breaks:work',
      title: say('propose'),
      reasonMin: 10,
      explain: say('propose.explain'),
      lines: (now) => [
        { what: say('state'), before: word('state', now.state), after: word('state', 'PROPOSED') },
        { what: say('remedy'), before: word('remedy', now.remedy), after: remedy === 'none' ? word('remedy', remedy) : `${word('remedy', remedy)} ${amountOf(looks, wanted ?? totalRials)} ${unitOf(looks)}` }, // prettier-ignore
      ],
      fields: (
        <>
          <NativeSelect label={say('remedy')} value={remedy} data={REMEDIES.map((value) => ({ value, label: say(`remedy.${value}`) }))} onChange={(event) => { setRemedy(event.currentTarget.value); }} />
          {remedy !== 'none' && <TextInput label={`${say('amount')} (${unitOf(looks)})`} placeholder={amountOf(looks, totalRials)} value={amount} onChange={(event) => { setAmount(event.currentTarget.value); }} />}
        </>
      ), // prettier-ignore
      ready: amount.trim() === '' || wanted !== undefined,
      send: ({ reason, etag, key }) => actOnComplaint(id, 'proposal', { remedy, reason, ...(remedy === 'none' ? {} : { rials: wanted ?? totalRials }) }, { etag, key }), // prettier-ignore
    },
    can('approve') && {
      ...base,
      id: 'approve',
      permission: 'money:approve',
      title: say('approve'),
      lines: become('ACCEPTED'),
      danger: true,
      send: ({ reason, ...sent }) => actOnComplaint(id, 'decision', { verdict: 'approve', reason }, sent),
    },
    can('reject') && {
      ...base,
      id: 'reject',
      permission: 'money:approve',
      title: say('reject'),
      lines: become('OPEN'),
      send: ({ reason, ...sent }) => actOnComplaint(id, 'decision', { verdict: 'reject', reason }, sent),
    },
  ];
  return (
    <ActsBar
      acts={acts}
      onOpen={() => {
        setText('');
        setAmount('');
        setRemedy('none');
      }}
    />
  );
}
