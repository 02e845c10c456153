import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { HoldingChange } from '../../api/scheme.ts';
import { FieldName, RuleValue } from '../../components/dated-rows.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Ltr } from '../../components/texts.tsx';
import { dayOf } from '../../format/moment.ts';
import { changedNames } from '../../format/rule-text.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { useSectionName } from './section-name.ts';
import { words } from './words.ts';

interface DifferenceProps {
  readonly against: string;
  readonly day: string;
  readonly changes: readonly HoldingChange[];
}

const TONES: Readonly<Record<string, Tone>> = { begins: 'good', changes: 'wait', ends: 'bad' };

/** What is other on one day than on another: a row a rule, of which only the fields that differ are told. */
export function Difference({ against, day, changes }: DifferenceProps): ReactNode {
  const say = useWords(words);
  const sectionName = useSectionName();
  const { language } = usePreferences();
  const title = say('difference', { from: dayOf(language, against), to: dayOf(language, day) });
  return (
    <section aria-label={title}>
      <Text component="h2" fw={700}>
        {title}
      </Text>
      {changes.length === 0 ? (
        <div className="note good">{say('same')}</div>
      ) : (
        <RowsTable
          label={title}
          heads={[say('rule'), say('change'), say('field'), say('before'), say('after')]}
          rows={changes.flatMap((change) =>
            changedNames(change.before, change.after).map((field, at) => [
              `${change.source} ${change.section} ${change.whose} ${field}`,
              at > 0 ? '' : <Rule key="rule" {...change} name={sectionName(change.section)} />,
              at > 0 ? '' : <Action key="action" action={change.action} />,
              <FieldName key="field" section={change.section} name={field} />,
              <RuleValue key="before" section={change.section} name={field} of={change.before?.[field]} />,
              <RuleValue key="after" section={change.section} name={field} of={change.after?.[field]} />,
            ]),
          )}
        />
      )}
    </section>
  );
}

function Rule({ source, whose, name }: HoldingChange & { readonly name: string }): ReactNode {
  const say = useWords(words);
  return (
    <>
      {source === 'settlement' ? say('settlement') : <Ltr>{source}</Ltr>} · {name} {whose !== '' && <Ltr>{whose}</Ltr>}
    </>
  );
}

function Action({ action }: { readonly action: string }): ReactNode {
  const say = useWords(words);
  const key = `action.${action}`;
  return <Tag tone={TONES[action] ?? 'plain'}>{isWord(words, key) ? say(key) : action}</Tag>;
}
