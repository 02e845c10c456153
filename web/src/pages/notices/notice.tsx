import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Read } from '../../api/client.ts';
import { decideNotice, noticeQuery, readNotice, sanctionsQuery, sayOnNotice, type Notice } from '../../api/shops.ts';
import { ActsBar, type NamedAct } from '../../components/acts-bar.tsx';
import { Facts } from '../../components/facts.tsx';
import { FieldActs, type FieldAct } from '../../components/field-acts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { Person } from '../../components/person.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Ltr } from '../../components/texts.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useWords } from '../../words/tongue.ts';
import { useNoticeWord } from './list.tsx';
import { NoticePapers } from './papers.tsx';
import { words } from './words.ts';

/** A notice to a shop: what both sides said, and the word of whoever has not spoken yet. */
export function Page(): ReactNode {
  const say = useWords(words);
  const word = useNoticeWord();
  const id = useParam('notice');
  const { data, error } = useQuery(noticeQuery(id));
  const on = data?.body.waiting?.on;
  const decide = (upheld: boolean): NamedAct<Notice> | false =>
    data !== undefined &&
    (on === 'decider' || on === 'appeal_decider') && {
      id: String(upheld),
      permission: 'shops:judge',
      title: say(upheld ? 'uphold' : 'drop'),
      reasonMin: 10,
      seen: data,
      readAgain: () => readNotice(id),
      lines: (now) => [
        {
          what: say('state'),
          before: word('state', now.state),
          after: word('state', on === 'decider' && upheld ? 'APPEAL_OPEN' : 'FINAL'),
        },
      ],
      danger: upheld,
      send: ({ reason, ...sent }) => decideNotice(id, on === 'decider' ? 'decision' : 'final', { upheld, text: reason }, sent), // prettier-ignore
    };
  return (
    <PageFrame
      title={say('one', { number: data?.body.number ?? id })}
      acts={
        <>
          <ActsBar acts={[decide(true), decide(false)]} />
          {data !== undefined && <Said seen={data} />}
        </>
      }
    >
      <ProblemNote error={error} />
      {data !== undefined && <About {...data.body} />}
      {data !== undefined && <NoticePapers notice={data.body} />}
    </PageFrame>
  );
}

/** What the shop says in person or by phone; one that signs in says it by itself. */
function Said({ seen }: { readonly seen: Read<Notice> }): ReactNode {
  const say = useWords(words);
  const { id, waiting } = seen.body;
  const said = (act: 'response' | 'appeal'): FieldAct<Notice> | false =>
    waiting?.on === 'shop' &&
    waiting.can.includes(act === 'response' ? 'respond' : 'appeal') && {
      id: act,
      permission: 'shops:enter',
      title: say(`${act}.enter`),
      seen,
      readAgain: () => readNotice(id),
      reason: 'none',
      ask: [{ kind: 'area', name: 'text', label: say(act), min: 10, max: 4_000 }],
      send: ({ text = '' }, { etag, key }) => sayOnNotice(id, act, text, { etag, key }),
    };
  return <FieldActs acts={[said('response'), said('appeal')]} />;
}

function About(notice: Notice): ReactNode {
  const say = useWords(words);
  const word = useNoticeWord();
  const { waiting, days } = notice;
  const { language } = usePreferences();
  const kinds = useQuery(sanctionsQuery).data?.flatMap((table) => table.kinds) ?? [];
  const rule = kinds.findLast(({ code }) => code === notice.rule)?.[language];
  const said = (text: string | null, by?: string): ReactNode =>
    text === null ? null : (
      <>
        <bdi>{text}</bdi>
        {by !== undefined && <> — <Person id={by} /></>}
      </> // prettier-ignore
    );
  return (
    <>
      {waiting !== undefined && <Waiting on={word('party', waiting.on)} since={waiting.since} until={waiting.until} />}
      <div className="sheet">
        <Facts
          rows={[
            [say('shop'), <span key="shop"><bdi>{notice.shop}</bdi> · <Go to={`/shops/${notice.merchant}`}><Ltr>{notice.merchant}</Ltr></Go></span>], // prettier-ignore
            [say('state'), word('state', notice.state)],
            [say('rule'), <span key="rule"><bdi title={notice.rule}>{rule ?? notice.rule}</bdi> · <Ltr>{notice.ruleVersion}</Ltr></span>], // prettier-ignore
            [say('sanction'), `${word('sanction', notice.sanction)}, ${days === null ? say('forGood') : say('days', { days })}`], // prettier-ignore
            [say('text'), said(notice.text, notice.notifiedBy)],
            [say('response'), said(notice.response)],
            [say('decision'), said(notice.decision, notice.decidedBy)],
            [say('appeal'), said(notice.appeal)],
            [say('final'), said(notice.final, notice.finalBy)],
            [
              say('evidence'),
              <span key="evidence">
                {notice.evidence.map((rrn) => (
                  <span key={rrn}>
                    <Go to={`/transactions?rrn=${rrn}`}>
                      <Ltr>{rrn}</Ltr>
                    </Go>{' '}
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
