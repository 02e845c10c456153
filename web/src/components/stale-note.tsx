import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { common } from '../words/common.ts';
import { isWord, useWords } from '../words/tongue.ts';
import type { Line } from './act-lines.ts';
import type { FieldChange, Leaf } from './field-changes.ts';
import { words } from './field-words.ts';
import { Day, Ltr, Moment, Money } from './texts.tsx';

/** What somebody else changed while a person was about to act. */
export interface Stale {
  /** Of what the act itself changes, in the words of its page. */
  readonly lines: readonly Line[];
  /** Of all that was seen. */
  readonly fields: readonly FieldChange[];
}

/** More than anybody compares before they look at the page again. */
const SHOWN = 30;

/** What the person saw, and what is there now, field by field. */
export function StaleNote({ lines, fields }: Stale): ReactNode {
  const say = useWords(common);
  const field = useWords(words);
  const named = useFieldName();
  const said = new Set(lines.map(({ what }) => what));
  const others = fields.filter(({ path }) => !said.has(named(path)));
  return (
    <div className="note wait" role="alert">
      <Text>{say(lines.length + others.length === 0 ? 'act.staleNone' : 'act.stale')}</Text>
      {lines.length + others.length > 0 && (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{say('act.what')}</Table.Th>
              <Table.Th>{say('act.seen')}</Table.Th>
              <Table.Th>{say('act.now')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map(({ what, before, after }) => (
              <Row key={what} what={what} before={before} after={after} />
            ))}
            {others.slice(0, SHOWN).map(({ path, before, after }) => (
              <Row
                key={path}
                what={named(path)}
                before={<Value path={path} of={before} />}
                after={<Value path={path} of={after} />}
              />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {others.length > SHOWN && <Text size="sm">{field('more', { count: others.length - SHOWN })}</Text>}
    </div>
  );
}

interface RowProps {
  readonly what: ReactNode;
  readonly before: ReactNode;
  readonly after: ReactNode;
}

function Row({ what, before, after }: RowProps): ReactNode {
  return (
    <Table.Tr>
      <Table.Td>{what}</Table.Td>
      <Table.Td>{before}</Table.Td>
      <Table.Td fw={700}>{after}</Table.Td>
    </Table.Tr>
  );
}

function useFieldName(): (path: string) => string {
  const say = useWords(words);
  return (path) =>
    path
      .split('.')
      .map((name) => (isWord(words, name) ? say(name) : name))
      .join(' › ');
}

/** As its name and shape say: an amount, an instant, a day, or a text. */
function Value({ path, of }: { readonly path: string; readonly of: Leaf | undefined }): ReactNode {
  const say = useWords(words);
  if (of === undefined) return say('none');
  if (of === null || of === '') return '—';
  if (typeof of === 'boolean') return say(of ? 'yes' : 'no');
  const text = String(of);
  if (/rials$/i.test(path) && /^-?\d+$/.test(text)) return <Money rials={text} />;
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return <Moment at={text} />;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return <Day iso={text} />;
  return /^[\x20-\x7e]+$/.test(text) ? <Ltr>{text}</Ltr> : <bdi>{text}</bdi>;
}
