import type { ReactNode } from 'react';
import type { RulesProposal } from '../../api/scheme.ts';
import { FieldName, RuleValue } from '../../components/dated-rows.tsx';
import { RowsTable } from '../../components/rows.tsx';
import { Ltr } from '../../components/texts.tsx';
import { changedNames } from '../../format/rule-text.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

export function useNamed(): (kind: string, value: string) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value}`;
    return isWord(words, key) ? say(key) : value;
  };
}

interface RuleChangesProps {
  readonly label: string;
  readonly changes: RulesProposal['changes'];
}

/** What rules would become: a row a field that is other than before. */
export function RuleChanges({ label, changes }: RuleChangesProps): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  return (
    <RowsTable
      label={label}
      heads={[say('section'), say('change'), say('field'), say('before'), say('after')]}
      rows={changes.flatMap(({ section, action, key, before, after }) =>
        changedNames(before, after).map((name, at) => [
          `${section} ${key} ${name}`,
          at > 0 ? '' : named('section', section),
          at > 0 ? '' : <span key="change">{named('action', action)} <Ltr>{key}</Ltr></span>,
          <FieldName key="field" section={section} name={name} />,
          <RuleValue key="before" section={section} name={name} of={before?.[name]} />,
          <RuleValue key="after" section={section} name={name} of={after?.[name]} />,
        ]),
      )}
    />
  ); // prettier-ignore
}
