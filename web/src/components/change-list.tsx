import type { ReactNode } from 'react';
import { usePreferences } from '../app/preferences.ts';
import { fieldOf, valueText, type RuleRow } from '../format/rule-text.ts';
import { isWord, useWords } from '../words/tongue.ts';
import { words } from './field-words.ts';

interface ChangeListProps {
  /** As a row of the audit has them: objects, texts, nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Of what was done, field by field: what it was, and what it is; a field without a "before" is a fact of the act. */
export function ChangeList({ before, after }: ChangeListProps): ReactNode {
  const looks = usePreferences();
  const say = useWords(words);
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(is), ...Object.keys(was)])].filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name])); // prettier-ignore
  if (names.length === 0) return '—';
  const named = (name: string): string => (isWord(words, name) ? say(name) : (fieldOf('audit', name)?.[looks.language] ?? name)); // prettier-ignore
  const text = (row: RuleRow, name: string): string => {
    const value = row[name];
    const key = `value.${String(value)}`;
    return typeof value === 'string' && isWord(words, key) ? say(key) : valueText(looks, 'audit', name, value);
  };
  return (
    <dl className="fields">
      {names.map((name) => (
        <div key={name}>
          <dt title={name}>
            <bdi>{named(name)}</bdi>
          </dt>
          <dd>
            {was[name] !== undefined && is[name] !== undefined && (
              <>
                <bdi>{text(was, name)}</bdi> <Arrow />{' '}
              </>
            )}
            <bdi>{text(is[name] === undefined ? was : is, name)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** In the direction of reading. */
function Arrow(): ReactNode {
  return <span aria-hidden="true">{usePreferences().language === 'fa' ? '←' : '→'}</span>;
}

function fieldsOf(value: unknown): RuleRow {
  if (value === null || value === undefined) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as RuleRow) : { value };
}
