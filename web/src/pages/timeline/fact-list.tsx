import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import { Facts } from '../../components/facts.tsx';
import { Go } from '../../components/go.tsx';
import { Day, Ltr, Money, Moment } from '../../components/texts.tsx';
import { common } from '../../words/common.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

type Facts = Readonly<Record<string, unknown>>;

/** The facts of a step. What they are is told by their names (docs/api.md, The timeline): `…Rials` are amounts, ISO texts are moments and days. */
export function FactList({ facts }: { readonly facts: Facts }): ReactNode {
  const say = useWords(words);
  const rows = Object.entries(facts).map(([name, value]) => {
    const key = `fact.${name}`;
    return [isWord(words, key) ? say(key) : <Ltr key="name">{name}</Ltr>, <Value key="v" name={name} value={value} />, name] as const; // prettier-ignore
  });
  return <Facts rows={rows} />;
}

function Value({ name, value }: { readonly name: string; readonly value: unknown }): ReactNode {
  const say = useWords(common);
  const { language } = usePreferences();
  if (value === null || value === undefined) return '—';
  if (typeof value === 'boolean') return say(value ? 'yes' : 'no');
  if (typeof value === 'number') return <Ltr>{value}</Ltr>;
  if (typeof value === 'string') return <Text name={name} text={value} />;
  if (Array.isArray(value)) return <Several name={name} values={value} />;
  const texts = value as Partial<Record<'fa' | 'en', unknown>>;
  if (typeof texts.fa === 'string' && typeof texts.en === 'string') return texts[language] as string;
  return name === 'legs' ? <Legs legs={value as Facts} /> : <FactList facts={value as Facts} />;
}

/** A double entry: account by account, debits with a minus. */
function Legs({ legs }: { readonly legs: Facts }): ReactNode {
  const say = useWords(words);
  const rows = Object.entries(legs).map(([account, rials]) => {
    const key = `account.${account}`;
    const name = isWord(words, key) ? say(key) : <Ltr key="account">{account}</Ltr>;
    return [name, <Money key="rials" rials={String(rials)} />, account] as const;
  });
  return <Facts rows={rows} />;
}

/** What people and other systems wrote stays as it is. */
const VERBATIM = ['maker', 'checker', 'owner', 'proposedBy', 'note', 'name', 'file', 'detail', 'error', 'lastError'];

function Text({ name, text }: { readonly name: string; readonly text: string }): ReactNode {
  const say = useWords(words);
  const key = `value.${text}`;
  if (isWord(words, key) && !VERBATIM.includes(name)) return say(key);
  if (/rials$/i.test(name) && /^-?\d+$/.test(text)) return <Money rials={text} />;
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return <Moment at={text} precision="thousandth" />;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return <Day iso={text} />;
  if (name === 'id')
    return (
      <Go to={`/transactions/${encodeURIComponent(text)}`}>
        <Ltr>{text.slice(0, 12)}…</Ltr>
      </Go>
    );
  if (name === 'terminal')
    return (
      <Go to={`/terminals/${encodeURIComponent(text)}`}>
        <Ltr>{text}</Ltr>
      </Go>
    );
  return /[\u0600-\u06ff]/.test(text) ? <bdi>{text}</bdi> : <Ltr hex={name === 'sha256'}>{text}</Ltr>;
}

/** What nobody knows of any row is no column. */
function namesOf(row: Facts): readonly string[] {
  return Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [name]));
}

/** Rows of the same shape are a table; words are listed. */
function Several({ name, values }: { readonly name: string; readonly values: readonly unknown[] }): ReactNode {
  const say = useWords(words);
  const [first] = values;
  if (first === undefined) return '—';
  if (typeof first !== 'object' || first === null)
    return values.map((value, at) => (
      <span key={at}>
        {at > 0 && ' · '}
        <Value name={name} value={value} />
      </span>
    ));
  const columns = [...new Set(values.flatMap((row) => namesOf(row as Facts)))];
  return (
    <div className="scroll" tabIndex={0}>
      <table className="list">
        <thead>
          <tr>
            {columns.map((column) => {
              const key = `fact.${column}`;
              return (
                <th key={column} scope="col">
                  {isWord(words, key) ? say(key) : <Ltr>{column}</Ltr>}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {values.map((row, at) => (
            <tr key={at}>
              {columns.map((column) => (
                <td key={column}>
                  <Value name={column} value={(row as Facts)[column]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
