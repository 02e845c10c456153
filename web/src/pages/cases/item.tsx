import { Group, NativeSelect, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Read } from '../../api/client.ts';
import { checkItem, judgeItem, readCase, reasonsQuery, type Case, type Desk } from '../../api/shops.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { RuleValue } from '../../components/dated-rows.tsx';
import { Facts } from '../../components/facts.tsx';
import { JalaliDateInput } from '../../components/jalali-date-input.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Day, Moment } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { useCaseWord } from './list.tsx';
import { Enter, isOwed } from './enter.tsx';
import { EnterPapers } from './papers.tsx';
import { words } from './words.ts';

type Item = Case['items'][number];

const TONES: Readonly<Record<string, Tone>> = { met: 'good', waived: 'good', failed: 'bad', expired: 'bad', submitted: 'wait', verifying: 'wait', unknown: 'wait' }; // prettier-ignore
const ASKED = ['guild_licence', 'tax_code', 'sheba', 'mobile', 'address', 'owner_identity'];
const MOST_SIZE = 340;

interface ItemCardProps {
  readonly seen: Read<Case>;
  readonly item: Item;
  readonly papers: Desk['papers'];
  readonly difference: Desk['differences'][number] | undefined;
}

/** One item: what was written, the papers that show it, what changed, and the acts on it. */
export function ItemCard({ seen, item, papers, difference }: ItemCardProps): ReactNode {
  const say = useWords(words);
  const word = useCaseWord();
  const { language } = usePreferences();
  const { data: reasons } = useQuery(reasonsQuery);
  const why = reasons?.find(({ code }) => code === item.reason)?.[language];
  return (
    <section className="sheet" style={{ height: '100%' }}>
      <Group justify="space-between">
        <Text fw={600}>{word('item', item.code)}</Text>
        <Tag tone={TONES[item.state] ?? 'plain'}>{word('itemState', item.state)}</Tag>
      </Group>
      <Facts
        rows={[
          ...Object.entries(item.value ?? {}).map(([field, value]) => [word('field', field), <Value key={field} field={field} value={value} />] as const), // prettier-ignore
          item.reason === undefined ? undefined : ([say('reasonCode'), why ?? item.reason] as const),
          item.note === undefined ? undefined : ([say('note'), <bdi key="note">{item.note}</bdi>] as const),
          item.validUntil === undefined ? undefined : ([say('validUntil'), <Moment key="until" at={item.validUntil} precision="minute" />] as const), // prettier-ignore
        ]}
      />
      {difference !== undefined && (
        <div className="note wait">
          <strong>{say('differences')}</strong>
          {difference.fields.map(({ field, before, after }) => (
            <div key={field}>
              {word('field', field)}: <Value field={field} value={before} /> → <Value field={field} value={after} />
            </div>
          ))}
        </div>
      )}
      <Group gap="xs">
        {papers.map((paper, n) => (
          <Paper key={paper.id} paper={paper} name={say('paper', { n: n + 1 })} />
        ))}
      </Group>
      <Enter seen={seen} item={item} />
      <EnterPapers id={seen.body.id} item={item.code} open={isOwed(seen.body, item)} />
      <Judge seen={seen} item={item} />
    </section>
  );
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/** What was written, as people read it: days in their calendar, words of the API by name. */
function Value({ field, value }: { readonly field: string; readonly value: unknown }): ReactNode {
  const word = useCaseWord();
  if (typeof value !== 'string')
    return value === undefined || value === null || (Array.isArray(value) && value.length === 0) ? '—' : <RuleValue section="cases" name={field} of={value} />; // prettier-ignore
  return DAY.test(value) ? <Day iso={value} /> : <bdi>{field === 'wish' ? word('wish', value) : value}</bdi>;
}

/** Its picture, and the whole of it in a window of its own. */
function Paper({ paper, name }: { readonly paper: Desk['papers'][number]; readonly name: string }): ReactNode {
  return (
    <a href={paper.href} target="_blank" rel="noreferrer">
      {paper.pages <= 1 ? (
        <img src={paper.href} alt={name} loading="lazy" style={{ maxInlineSize: MOST_SIZE, maxBlockSize: MOST_SIZE }} />
      ) : (
        name
      )}
    </a>
  );
}

function Judge({ seen, item }: { readonly seen: Read<Case>; readonly item: Item }): ReactNode {
  const say = useWords(words);
  const word = useCaseWord();
  const { language } = usePreferences();
  const { data: reasons = [] } = useQuery(reasonsQuery);
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const [until, setUntil] = useState('');
  const { id } = seen.body;
  const open = ['submitted', 'verifying', 'unknown', 'met', 'failed'].includes(item.state);
  if (!open || !['REVIEW_1', 'REVIEW_2', 'CHECKING'].includes(seen.body.state)) return null;
  const base = { permission: 'shops:review' as const, seen, readAgain: () => readCase(id) };
  const lines =
    (after: string) =>
    (now: Case): { what: string; before: string; after: string }[] => [
      {
        what: word('item', item.code),
        before: word('itemState', now.items.find(({ code }) => code === item.code)?.state),
        after: word('itemState', after),
      },
    ];
  const noteField = (required: boolean): ReactNode => <Textarea label={say('note')} required={required} maxLength={1_000} autosize minRows={2} value={note} onChange={(event) => { setNote(event.currentTarget.value); }} />; // prettier-ignore
  const said = note.trim() === '' ? {} : { note: note.trim() };
  const acts: readonly NamedAct<Case>[] = [
    {
      ...base,
      id: 'accept',
      title: say('accept'),
      reason: 'none',
      lines: lines('met'),
      fields: <JalaliDateInput label={say('validUntil')} value={until} onChange={setUntil} />,
      send: ({ etag, key }) => judgeItem(id, item.code, { event: 'accept', ...(until === '' ? {} : { validUntil: until }) }, { etag, key }), // prettier-ignore
    },
    {
      ...base,
      id: 'reject',
      title: say('reject'),
      reason: 'none',
      lines: lines('failed'),
      fields: (
        <>
          <NativeSelect label={say('reasonCode')} required value={reason} data={[{ value: '', label: '—' }, ...reasons.map((each) => ({ value: each.code, label: each[language] }))]} onChange={(event) => { setReason(event.currentTarget.value); }} />
          {noteField(false)}
        </>
      ), // prettier-ignore
      ready: reason !== '',
      send: ({ etag, key }) => judgeItem(id, item.code, { event: 'reject', reason, ...said }, { etag, key }),
    },
    {
      ...base,
      id: 'ask',
      title: say('ask'),
      reason: 'none',
      lines: lines('due'),
      fields: noteField(true),
      ready: note.trim() !== '',
      send: ({ etag, key }) => judgeItem(id, item.code, { event: 'ask', ...said }, { etag, key }),
    },
    {
      ...base,
      id: 'waive',
      title: say('waive'),
      reason: 'none',
      lines: lines('waived'),
      fields: noteField(true),
      ready: note.trim() !== '',
      danger: true,
      send: ({ etag, key }) => judgeItem(id, item.code, { event: 'waive', ...said }, { etag, key }),
    },
    ...(ASKED.includes(item.code)
      ? [
          {
            ...base,
            id: 'check',
            title: say('check'),
            lines: lines('verifying'),
            send: ({ reason: why, ...sent }) => checkItem(id, item.code, why, sent),
          } satisfies NamedAct<Case>,
        ]
      : []),
  ];
  return (
    <Group gap="xs" role="group" aria-label={`${say('judge')}: ${word('item', item.code)}`}>
      <ActsBar
        acts={acts}
        small
        onOpen={() => {
          setReason('');
          setNote('');
          setUntil('');
        }}
      />
    </Group>
  );
}
