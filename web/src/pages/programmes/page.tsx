import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { programmesQuery } from '../../api/scheme.ts';
import { DatedRows, RuleValue } from '../../components/dated-rows.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Ltr } from '../../components/texts.tsx';
import { dayOf } from '../../format/moment.ts';
import { guildName } from '../../format/rule-text.ts';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Programmes: what holds today, all rules by date, and what two persons moved. They are changed by a file: `kalabarg programme apply`. */
export function Page(): ReactNode {
  const say = useWords(words);
  const looks = usePreferences();
  const { language } = looks;
  const { data, error } = useQuery(programmesQuery);
  return (
    <PageFrame title={say('title')}>
      <ProblemNote error={error} />
      {data?.items.map(({ programme, inForce, rules, charges, entitlements, baskets }) => (
        <section key={programme} aria-label={programme}>
          <Text component="h2" fw={700}>
            <Ltr>{programme}</Ltr>
          </Text>
          <Part
            title={say('inForce', { day: dayOf(language, data.today) })}
            section="rules"
            rows={inForce.rules === null ? [] : [inForce.rules]}
          />
          <Part title={say('charge')} section="charges" rows={inForce.charges === null ? [] : [inForce.charges]} />
          <Part title={say('rules')} section="rules" rows={rules} />
          <Part title={say('charges')} section="charges" rows={charges} />
          <Part title={say('entitlements')} section="entitlements" rows={entitlements} />
          <Part title={say('baskets')} section="baskets" rows={baskets} />
        </section>
      ))}
      {data !== undefined && <Part title={say('windows')} section="windows" rows={data.windows} />}
      {data !== undefined && (
        <>
          <Text fw={600}>{say('guilds')}</Text>
          <RowsTable
            label={say('guilds')}
            heads={[say('guild'), say('categories')]}
            rows={Object.entries(data.guilds).map(([guild, categories]) => [
              guild,
              <bdi key="guild">{guildName(looks, guild)}</bdi>,
              <RuleValue key="categories" section="guilds" name="categories" of={categories} />,
            ])}
          />
        </>
      )}
    </PageFrame>
  );
}

type Rows = readonly Readonly<Record<string, unknown>>[];

interface PartProps {
  readonly title: string;
  readonly section: string;
  readonly rows: Rows;
}

function Part({ title, section, rows }: PartProps): ReactNode {
  const say = useWords(words);
  return (
    <>
      <Text fw={600}>{title}</Text>
      {rows.length === 0 ? <Text>{say('none')}</Text> : <DatedRows label={title} section={section} rows={rows} />}
    </>
  );
}
