import { SimpleGrid, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { timelineQuery, type Answer, type Timeline } from '../../api/timeline.ts';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { useParam } from '../../components/param.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Day, Ltr, Masked, Money, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { Stands } from './stands.tsx';
import { StepItem } from './step.tsx';
import { words } from './words.ts';

/** The one timeline of a transaction: why it was not paid, why it was charged, where it stands, and every step from the bytes to the Sheba. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { data, error } = useQuery(timelineQuery(useParam('id')));
  return (
    <PageFrame title={say('title', { rrn: data?.transaction.rrn ?? '' })}>
      <ProblemNote error={error} />
      {data !== undefined && <Whole {...data} />}
    </PageFrame>
  );
}

function Whole({ transaction, steps, waiting, answer }: Timeline): ReactNode {
  const say = useWords(words);
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Why question={say('why.paid')} answer={answer.paid} />
        <Why question={say('why.charged')} answer={answer.charged} />
      </SimpleGrid>
      {waiting === null ? <p className="note good">{say('ended')}</p> : <Stands {...waiting} />}
      <div className="sheet">
        <About {...transaction} />
      </div>
      <Title order={2} size="h3">
        {say('road')}
      </Title>
      <ol className="road">
        {steps.map((step, at) => (
          <StepItem key={`${step.titleKey} ${at}`} step={step} />
        ))}
      </ol>
    </>
  );
}

const GOOD = ['paid', 'not_charged', 'given_back', 'returned', 'charged', 'not_a_sale', 'not_ours'];
const BAD = ['bank_blocked', 'bank_refused', 'sheba_wrong', 'held', 'held_break', 'disputed', 'reversal_refused'];

function Why({ question, answer }: { readonly question: string; readonly answer: Answer }): ReactNode {
  const { language } = usePreferences();
  const tone = GOOD.includes(answer.code) ? 'good' : BAD.includes(answer.code) ? 'bad' : 'wait';
  return (
    <div className={`note ${tone}`}>
      <Text size="sm">{question}</Text>
      <Text fw={600}>{answer.title[language]}</Text>
    </div>
  );
}

const TONES: Readonly<Record<string, Tone>> = { approved: 'good', declined: 'bad', held: 'wait', reversed: 'wait' };

function About(line: Timeline['transaction']): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const [kind, state] = [`kind.${line.kind}`, `state.${line.state}`];
  return (
    <Facts
      rows={[
        [isWord(words, kind) ? say(kind) : line.kind, <Tag key="s" tone={TONES[line.state] ?? 'plain'}>{isWord(words, state) ? say(state) : line.state}</Tag>], // prettier-ignore
        [say('at'), <Moment key="at" at={line.at} precision="thousandth" />],
        [say('total'), <Money key="total" rials={line.totalRials} />],
        line.voucherRials === '0' ? undefined : [say('voucher'), <Money key="v" rials={line.voucherRials} />],
        line.cardRials === '0' ? undefined : [say('card'), <Money key="c" rials={line.cardRials} />],
        line.cashRials === '0' ? undefined : [say('cash'), <Money key="m" rials={line.cashRials} />],
        line.givenBackRials === '0' ? undefined : [say('givenBack'), <Money key="g" rials={line.givenBackRials} />],
        [say('code'), <span key="code"><Ltr>{line.code ?? '—'}</Ltr> {line.codeWords?.[language]}</span>], // prettier-ignore
        [say('cardNumber'), <Masked key="card">{line.card}</Masked>],
        [say('shop'), <span key="shop">{line.shop} · <Ltr>{line.merchant}</Ltr></span>], // prettier-ignore
        [say('terminal'), <Go key="t" to={`/terminals/${line.terminal}`}><Ltr>{line.terminal}</Ltr></Go>], // prettier-ignore
        [say('stan'), <Ltr key="stan">{line.stan}</Ltr>],
        [say('day'), <Day key="day" iso={line.businessDay} />],
      ]}
    />
  );
}
