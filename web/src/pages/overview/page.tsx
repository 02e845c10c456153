import { Anchor, Group, SegmentedControl, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { memo, useCallback, useMemo, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { overviewQuery, RANGES, useNow, type Now, type Overview, type RangeName } from '../../api/overview.ts';
import { Chart, type Series } from '../../components/chart.tsx';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { numberOf } from '../../format/digits.ts';
import { momentOf, timeOf } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { stepsOf } from './figures.ts';
import { Codes, Seen, Tiles } from './purchases.tsx';
import { State } from './state.tsx';
import { words } from './words.ts';

/** What happens now, and back a month. Each figure names the query that made it. */
export function Page(): ReactNode {
  const say = useWords(words);
  const navigate = useNavigate();
  const { range: asked } = useSearch({ strict: false, select: (all) => all as { range?: string } });
  const range = RANGES.find((each) => each === asked) ?? '15m';
  const { data, error } = useQuery(overviewQuery(range));
  return (
    <PageFrame
      title={say('title')}
      acts={
        <>
          <Anchor component={Go} to="/wall">
            {say('wall.open')}
          </Anchor>
          <SegmentedControl
            aria-label={say('range')}
            value={range}
            data={RANGES.map((each) => ({ value: each, label: say(`range.${each}`) }))}
            onChange={(wanted) => void navigate({ to: '.', search: wanted === '15m' ? {} : { range: wanted } })}
          />
        </>
      }
    >
      <ProblemNote error={error} />
      {data !== undefined && <Told range={range} data={data} />}
    </PageFrame>
  );
}

/** What the gateway tells every few seconds is drawn here: the frame of the page is not. */
function Told({ range, data }: { readonly range: RangeName; readonly data: Overview }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { now: told, cut } = useNow();
  const now = told ?? data;
  return (
    <>
      {cut && (
        <Text className="note wait" role="status">
          {say('cut', { at: momentOf(language, now.at) })}
        </Text>
      )}
      <Whole range={range} traffic={data.traffic} now={now} />
    </>
  );
}

interface WholeProps {
  readonly range: RangeName;
  readonly traffic: Overview['traffic'];
  readonly now: Now;
}

function Whole({ range, traffic, now }: WholeProps): ReactNode {
  const say = useWords(words);
  return (
    <>
      <Tiles live={now.live} traffic={traffic} />
      {range === '15m' && (
        <section className="sheet">
          <Heading text={say('live')} query={now.live.query} />
          <Live live={now.live} />
        </section>
      )}
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <section className="sheet">
          <Heading text={say('traffic')} query={traffic.query} />
          <Traffic traffic={traffic} range={range} what="purchases" />
        </section>
        <section className="sheet">
          <Heading text={say('latency')} query={traffic.query} />
          <Traffic traffic={traffic} range={range} what="took" />
        </section>
        <section className="sheet">
          <Heading text={say('codes')} query={traffic.query} />
          <Codes codes={traffic.total.codes} />
        </section>
        <section className="sheet">
          <Heading text={say('seen')} query={now.seen.query} />
          <Seen items={now.seen.items} />
        </section>
      </SimpleGrid>
      <State now={now} />
    </>
  );
}

const Heading = memo(function Heading({ text, query }: { readonly text: string; readonly query: string }): ReactNode {
  const say = useWords(words);
  return (
    <Group justify="space-between" align="baseline" gap="xs">
      <Text component="h2" fw={600}>
        {text}
      </Text>
      <Text size="xs" className="soft">
        <bdi dir="ltr" title={say('query', { query })}>
          {query}
        </bdi>
      </Text>
    </Group>
  );
});

function Live({ live }: { readonly live: Now['live'] }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { figure, moment } = useAxes('15m');
  const series = useMemo((): readonly Series[] => {
    const from = Date.parse(live.from);
    return [{ name: say('perSecond'), points: live.purchases.map((count, second) => [from + second * 1_000, count]) }];
  }, [live, language]); // whose words are `say`'s
  return <Chart label={say('live')} series={series} figure={figure} moment={moment} height={160} />;
}

interface TrafficProps {
  readonly traffic: Overview['traffic'];
  readonly range: RangeName;
  readonly what: 'purchases' | 'took';
}

const Traffic = memo(function Traffic({ traffic, range, what }: TrafficProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { figure, moment } = useAxes(range);
  const series = useMemo((): readonly Series[] => {
    const until = Date.now();
    if (what === 'purchases')
      return [
        { name: say('purchases'), kind: 'bar', tone: 'soft', points: stepsOf(traffic, ({ purchases }) => purchases, 0, until) },
        { name: say('approved'), kind: 'bar', tone: 'accent', points: stepsOf(traffic, ({ approved }) => approved, 0, until) },
      ];
    return (['p50', 'p95', 'p99'] as const).map((name) => ({
      name: say(name),
      tone: name === 'p50' ? 'good' : name === 'p95' ? 'wait' : 'bad',
      points: stepsOf(traffic, (point) => point[`${name}Ms`], null, until),
    }));
  }, [traffic, what, language]);
  return <Chart label={say(what === 'took' ? 'latency' : 'traffic')} series={series} figure={figure} moment={moment} />;
}); // prettier-ignore

function useAxes(range: RangeName): { figure: (value: number) => string; moment: (ms: number) => string } {
  const { language } = usePreferences();
  const figure = useCallback((value: number) => numberOf(language, value, 1), [language]);
  const moment = useCallback(
    (ms: number) =>
      range === '15m' || range === '24h'
        ? timeOf(language, ms, 'minute')
        : momentOf(language, ms, 'minute').slice(5, 10),
    [language, range],
  );
  return { figure, moment };
}
