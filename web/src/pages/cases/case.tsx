import { Grid, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useMay } from '../../app/session.tsx';
import type { Read } from '../../api/client.ts';
import { caseQuery, claimCase, commentsQuery, deskQuery, readCase, releaseCase, reviewCase, sayOnCase, type Case, type Desk } from '../../api/shops.ts'; // prettier-ignore
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { Guild } from '../../components/guild.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { Person } from '../../components/person.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { useWords } from '../../words/tongue.ts';
import { OwnerActs } from './confirmation.tsx';
import { EnterActs } from './enter.tsx';
import { ItemCard } from './item.tsx';
import { CaseState, useCaseWord } from './list.tsx';
import { words } from './words.ts';

/** The reviewers' desk: what was written beside the papers that show it. */
export function Page(): ReactNode {
  const say = useWords(words);
  const id = useParam('case');
  const { data, error } = useQuery(caseQuery(id));
  const reviews = useMay()('shops:review');
  const desk = useQuery({ ...deskQuery(id), enabled: reviews });
  const number = data?.body.number ?? id;
  return (
    <PageFrame
      title={say('one', { number })}
      acts={
        data !== undefined && (
          <>
            <Acts seen={data} claimed={desk.data?.claim != null} />
            <EnterActs seen={data} />
            <OwnerActs seen={data} />
          </>
        )
      }
    >
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
      {data !== undefined && <Items seen={data} desk={desk.data} />}
      <ProblemNote error={desk.error} />
      {desk.data !== undefined && <Relations relations={desk.data.relations} />}
      {reviews && <Comments id={id} />}
    </PageFrame>
  );
}

function About(kept: Case): ReactNode {
  const say = useWords(words);
  const word = useCaseWord();
  const { waiting, merchant, reviews } = kept;
  return (
    <>
      {waiting !== undefined && <Waiting on={word('party', waiting.on)} since={waiting.since} until={waiting.until} />}
      <div className="sheet">
        <Facts
          rows={[
            [say('name'), <bdi key="name">{kept.name}</bdi>],
            [say('kind'), word('kind', kept.kind)],
            [say('guild'), <Guild key="guild" code={kept.guild} />],
            [say('state'), <CaseState key="state" state={kept.state} />],
            [say('rules'), <Ltr key="rules">{kept.rules}</Ltr>],
            merchant === undefined
              ? undefined
              : [say('merchant'), <Go key="merchant" to={`/shops/${merchant}`}><Ltr>{merchant}</Ltr></Go>], // prettier-ignore
            reviews.length === 0
              ? undefined
              : [
                  say('reviews'),
                  <span key="reviews">
                    {reviews.map(({ person, verdict, at }) => (
                      <span key={person} className="whole">
                        {word('verdict', verdict)} · <Person id={person} /> · <Moment at={at} precision="minute" />{' '}
                      </span>
                    ))}
                  </span>,
                ],
          ]}
        />
      </div>
    </>
  );
}

function Items({ seen, desk }: { readonly seen: Read<Case>; readonly desk: Desk | undefined }): ReactNode {
  const say = useWords(words);
  return (
    <>
      <Text fw={600}>{say('items')}</Text>
      <Grid>
        {seen.body.items
          .filter(({ state }) => state !== 'not_required')
          .map((item) => (
            <Grid.Col key={item.code} span={{ base: 12, md: 6 }}>
              <ItemCard
                seen={seen}
                item={item}
                papers={desk?.papers.filter((paper) => paper.item === item.code) ?? []}
                difference={desk?.differences.find(({ code }) => code === item.code)}
              />
            </Grid.Col>
          ))}
      </Grid>
    </>
  );
}

function Relations({ relations }: { readonly relations: Desk['relations'] }): ReactNode {
  const say = useWords(words);
  const word = useCaseWord();
  const { language } = usePreferences();
  if (relations.length === 0) return null;
  return (
    <>
      <Text fw={600}>{say('relations')}</Text>
      <RowsTable
        label={say('relations')}
        heads={[say('item'), say('name'), say('number'), say('merchant'), say('state')]}
        rows={relations.map((relation, n) => [
          String(n),
          <span key="why">
            {word('item', relation.item)} · {relation.why[language]}
          </span>,
          <bdi key="name">{relation.name}</bdi>,
          <Ltr key="case">{relation.case ?? '—'}</Ltr>,
          <Ltr key="merchant">{relation.merchant ?? '—'}</Ltr>,
          <span key="state">
            {word('state', relation.state)}
            {relation.because !== null && ` · ${relation.because[language]}`}
          </span>,
        ])}
      />
    </>
  );
}

function Comments({ id }: { readonly id: string }): ReactNode {
  const say = useWords(words);
  const { data } = useQuery(commentsQuery(id));
  const [text, setText] = useState('');
  const act: NamedAct<unknown> = {
    id: 'comment',
    permission: 'shops:review',
    title: say('comment'),
    reason: 'none',
    fields: <Textarea label={say('text')} required maxLength={2_000} autosize minRows={3} value={text} onChange={(event) => { setText(event.currentTarget.value); }} />, // prettier-ignore
    ready: text.trim() !== '',
    send: ({ key }) => sayOnCase(id, text.trim(), { key }),
  };
  return (
    <>
      <Text fw={600}>{say('comments')}</Text>
      {data?.map((comment) => (
        <div key={comment.id} className="sheet">
          <Text size="sm" className="soft">
            <bdi>{comment.name}</bdi> · <Moment at={comment.at} precision="minute" />
          </Text>
          <bdi>{comment.text}</bdi>
        </div>
      ))}
      <div>
        <ActsBar
          acts={[act]}
          onOpen={() => {
            setText('');
          }}
        />
      </div>
    </>
  );
}

function Acts({ seen, claimed }: { readonly seen: Read<Case>; readonly claimed: boolean }): ReactNode {
  const say = useWords(words);
  const word = useCaseWord();
  const { id, state } = seen.body;
  const inReview = state === 'REVIEW_1' || state === 'REVIEW_2';
  const review = (verdict: 'approve' | 'refuse'): NamedAct<Case> => ({
    id: verdict,
    permission: 'shops:review',
    title: say(verdict),
    explain: say(`${verdict}.explain`),
    seen,
    readAgain: () => readCase(id),
    lines: (now) => [
      {
        what: say('state'),
        before: word('state', now.state),
        after: verdict === 'approve' ? (now.state === 'REVIEW_1' ? word('state', 'REVIEW_2') : word('state', 'APPROVED')) : word('verdict', verdict), // prettier-ignore
      },
    ],
    danger: true,
    send: ({ reason, ...sent }) => reviewCase(id, verdict, reason, sent),
  });
  const hand: NamedAct<Case> = {
    id: 'hand',
    permission: 'shops:review',
    title: say(claimed ? 'release' : 'claim'),
    reason: 'none',
    send: ({ key }) => (claimed ? releaseCase(id, { key }) : claimCase(id, { key })),
  };
  return <ActsBar acts={[hand, inReview && review('approve'), inReview && review('refuse')]} />;
}
