import { SimpleGrid, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMay } from '../../app/session.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { rulesByDayQuery, type Holding, type RulesByDay } from '../../api/scheme.ts';
import { DatedRows } from '../../components/dated-rows.tsx';
import { JalaliDateInput } from '../../components/jalali-date-input.tsx';
import type { ListSearch } from '../../components/list-search.ts';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Ltr } from '../../components/texts.tsx';
import { dayOf } from '../../format/moment.ts';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';
import { Difference } from './difference.tsx';
import { useSectionName } from './section-name.ts';
import { TryPurchase } from './try-purchase.tsx';
import { words } from './words.ts';

/** All rules of a picked day, what is other than on another day, and what a purchase of that day would come to. */
export function Page(): ReactNode {
  const say = useWords(words);
  const shared = useWords(common);
  const may = useMay();
  const search = useSearch({ strict: false, select: (all) => all as ListSearch });
  const navigate = useNavigate();
  const { day, against } = search;
  const query = useQuery({ ...rulesByDayQuery({ day, against }), placeholderData: keepPreviousData });
  const { data, error, isPending, isPlaceholderData } = query;
  const set = (change: ListSearch): void => void navigate({ to: '.', search: { ...search, ...change }, replace: true });
  return (
    <PageFrame title={say('title')}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} maw="36rem">
        <JalaliDateInput label={say('day')} value={day ?? data?.today ?? ''} onChange={(value) => { set({ day: value }); }} />
        <JalaliDateInput label={say('against')} value={against ?? ''} onChange={(value) => { set({ against: value }); }} />
      </SimpleGrid>
      <ProblemNote error={error} />
      {isPending && <Text>{shared('loading')}</Text>}
      {data !== undefined && (
        <div aria-busy={isPlaceholderData} style={{ display: 'contents' }}>
          {data.against !== null && <Difference against={data.against} day={data.day} changes={data.changes} />}
          {may('households:read') ? (
            <TryPurchase day={data.day} today={data.today} />
          ) : (
            <Text size="sm" className="soft">{say('try.notYours')}</Text>
          )}
          <Holds {...data} />
        </div>
      )}
    </PageFrame>
  ); // prettier-ignore
}

function Holds({ holds, day }: RulesByDay): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const sources = [...new Set(holds.map(({ source }) => source))].toSorted((one, other) => Number(one === 'settlement') - Number(other === 'settlement')); // prettier-ignore
  return (
    <>
      <Text component="h2" fw={700}>
        {say('inForce', { day: dayOf(language, day) })}
      </Text>
      {holds.length === 0 && <Text className="sheet">{say('none')}</Text>}
      {sources.map((source) => (
        <Source key={source} source={source} holds={holds.filter((each) => each.source === source)} />
      ))}
    </>
  );
}

function Source({ source, holds }: { readonly source: string; readonly holds: readonly Holding[] }): ReactNode {
  const say = useWords(words);
  const sectionName = useSectionName();
  const name = source === 'settlement' ? say('settlement') : say('programme', { name: source });
  return (
    <section aria-label={name}>
      <Text component="h3" fw={700} mt="xs">
        {source === 'settlement' ? say('settlement') : <ProgrammeName name={source} />}
      </Text>
      {[...new Set(holds.map(({ section }) => section))].map((section) => (
        <div key={section}>
          <Text fw={600}>{sectionName(section)}</Text>
          <DatedRows
            label={`${name}: ${sectionName(section)}`}
            section={section}
            rows={holds.filter((each) => each.section === section).map(({ row }) => row)}
          />
        </div>
      ))}
    </section>
  );
}

function ProgrammeName({ name }: { readonly name: string }): ReactNode {
  const say = useWords(words);
  const [before = '', after = ''] = say('programme', { name: '\u0000' }).split('\u0000');
  return (
    <>
      {before}
      <Ltr>{name}</Ltr>
      {after}
    </>
  );
}
