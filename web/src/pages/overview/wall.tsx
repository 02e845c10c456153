import { SimpleGrid, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { overviewQuery, useNow } from '../../api/overview.ts';
import { Go } from '../../components/go.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Count, Moment } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';
import { approvedShare } from './figures.ts';
import { Seen, Share, Tile, Took } from './purchases.tsx';
import { Alarms } from './state.tsx';
import { words } from './words.ts';

/** For a screen on the wall: large, and without anybody's name. */
export function Page(): ReactNode {
  const say = useWords(words);
  const sayCommon = useWords(common);
  const { data, error } = useQuery(overviewQuery('15m'));
  const { now: told, cut } = useNow();
  const now = told ?? data;
  useEffect(() => {
    document.title = `${say('wall')} · ${sayCommon('brand')}`;
  });
  return (
    <main className="wall">
      <Title order={1} size="h2">
        <Go to="/overview">{sayCommon('brand')}</Go> · {now !== undefined && <Moment at={now.at} time />}
        {cut && ' ⚠'}
      </Title>
      <ProblemNote error={error} />
      {data !== undefined && now !== undefined && (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
            <Tile name={say('perSecond')} query={now.live.query}>
              <Count of={now.live.perSecond} places={1} />
            </Tile>
            <Tile name={say('purchases')} query={data.traffic.query} below={say('range.15m')}>
              <Count of={data.traffic.total.purchases} />
            </Tile>
            <Tile name={say('approved')} query={data.traffic.query}>
              <Share share={approvedShare(data.traffic.total)} large />
            </Tile>
            <Tile name={say('p95')} query={data.traffic.query}>
              <Took name="p95" ms={data.traffic.total.p95Ms} large />
            </Tile>
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, lg: 2 }}>
            <section className="sheet">
              <h2>{say('alarms')}</h2>
              <Alarms items={now.alarms.items} />
            </section>
            <section className="sheet">
              <h2>{say('seen')}</h2>
              <Seen items={now.seen.items.slice(0, 8)} />
            </section>
          </SimpleGrid>
        </>
      )}
    </main>
  );
}
