import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { programmesQuery } from '../../api/scheme.ts';
import { DatedRows } from '../../components/dated-rows.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Ltr } from '../../components/texts.tsx';
import { dayOf } from '../../format/moment.ts';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Programmes: what holds today, all rules by date, and what two persons moved. They are changed by a file: `kalabarg programme apply`. */
export function Page(): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { data, error } = useQuery(programmesQuery);
  return (
    <PageFrame title={say('title')}>
      <ProblemNote error={error} />
      {data?.items.map(({ programme, inForce, rules, charges, entitlements }) => (
        <section key={programme} aria-label={programme}>
          <Text component="h2" fw={700}>
            <Ltr>{programme}</Ltr>
          </Text>
          <Part
            title={say('inForce', { day: dayOf(language, data.today) })}
            rows={([inForce.rules, inForce.charges] as (Rows[number] | null)[]).filter((row) => row !== null)}
          />
          <Part title={say('rules')} rows={rules} />
          <Part title={say('charges')} rows={charges} />
          <Part title={say('entitlements')} rows={entitlements} />
        </section>
      ))}
      {data !== undefined && <Part title={say('windows')} rows={data.windows} />}
      {data !== undefined && (
        <>
          <Text fw={600}>{say('guilds')}</Text>
          <RowsTable
            label={say('guilds')}
            heads={[say('guild'), say('categories')]}
            rows={Object.entries(data.guilds).map(([guild, categories]) => [
              guild,
              <Ltr key="guild">{guild}</Ltr>,
              <Ltr key="categories">{categories.join(', ')}</Ltr>,
            ])}
          />
        </>
      )}
    </PageFrame>
  );
}

type Rows = readonly Readonly<Record<string, unknown>>[];

function Part({ title, rows }: { readonly title: string; readonly rows: Rows }): ReactNode {
  const say = useWords(words);
  return (
    <>
      <Text fw={600}>{title}</Text>
      {rows.length === 0 ? <Text>{say('none')}</Text> : <DatedRows label={title} rows={rows} />}
    </>
  );
}
