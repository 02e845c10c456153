import { expect, test } from '@jest/globals';
import { neededBy } from '../../src/ledger/index.ts';
import { onlineIndexOf } from '../../src/ledger/online-index.ts';
import { everySqlIn } from '../../src/ops/sql.ts';

/** The rules of a migration that copies of the version before survive (docs/decisions/0117). They begin with the
 *  migration that lets versions run side by side. */
const FIRST = '0930_versions_side_by_side.sql';

const sequence = everySqlIn(new URL('../../src/ledger/migrations/', import.meta.url));
const ruled = sequence.filter(({ name }) => name >= FIRST);

/** What an older copy would stumble over, or purchases would wait for. Tables that the same file makes are nobody's yet. */
const REFUSED: readonly [what: string, pattern: RegExp][] = [
  ['takes away what the version before uses', /\bdrop\s+(table|view|type|schema|sequence|function|procedure)\b/i],
  ['takes a column away', /\bdrop\s+column\b/i],
  ['gives something another name', /\brename\b/i],
  ['gives a column another type, which writes the table anew', /\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b/i],
  ['wants a value that the version before does not give', /\bset\s+not\s+null\b/i],
  ['takes a default away, which the version before relies on', /\bdrop\s+default\b/i],
  [
    'checks every row of a table that is locked: add it not valid',
    /\badd\s+(constraint\s+\w+\s+)?(check|foreign\s+key)\b(?![^;]*\bnot\s+valid\b)/i,
  ],
  ['makes an index while the table is locked', /\badd\s+(constraint\s+\w+\s+)?(unique|primary\s+key|exclude)\b/i],
  ['changes rows without an end: a duty does that in pages', /^\s*(update|delete\s+from)\b/im],
  ['locks a table by itself', /^\s*(lock|vacuum|cluster|truncate|reindex)\b/im],
];

/** @returns why an old copy, or a purchase, would suffer; with the statement */
function faultsOf(text: string): string[] {
  const bare = text.replace(/--[^\n]*/g, '').replace(/\$\$[\s\S]*?\$\$/g, '$$$$');
  const made = new Set(
    [...bare.matchAll(/\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)/gi)].map(([, name]) => name ?? ''),
  );
  return bare.split(';').flatMap((statement) => {
    const about =
      /\b(?:alter\s+table|update|delete\s+from|index\s+(?:if\s+not\s+exists\s+)?\w+\s+on)\s+(?:only\s+)?(\w+)/i.exec(
        statement,
      )?.[1] ?? '';
    if (made.has(about)) return [];
    const said = REFUSED.filter(([, pattern]) => pattern.test(statement)).map(([what]) => what);
    if (/\bcreate\s+(unique\s+)?index\b/i.test(statement)) said.push('makes an index while the table is locked');
    // each added column by itself: a default of one is none of the next
    for (const [column] of statement.matchAll(/\badd\s+(?:column\s+)?(?!constraint\b)\w+\s[^,]*/gi))
      if (/\bnot\s+null\b/i.test(column) && !/\b(default|generated)\b/i.test(column))
        said.push('wants a value that the version before does not give');
    return said.map((what) => `${what}: ${statement.trim().replace(/\s+/g, ' ').slice(0, 90)}`);
  });
}

test.each(ruled.map(({ name, text }) => [name, text]))('%s lets the version before go on', (name, text) => {
  if (onlineIndexOf(name, text) !== undefined) return; // it is nothing but an index that locks nobody out
  const needs = neededBy(text);
  if (needs === undefined) {
    expect(faultsOf(text)).toEqual([]);
    return;
  }
  // What it takes away a version stopped using that knew this earlier migration.
  expect(sequence.map((file) => file.name).filter((each) => each < name)).toContain(needs);
});

test.each([
  ['drop table old_things', /takes away/],
  ['alter table merchants drop column mobile', /takes a column away/],
  ['alter table merchants rename column mobile to phone', /another name/],
  ['alter table merchants alter column mobile type varchar(20)', /another type/],
  ['alter table merchants alter mobile set not null', /wants a value/],
  ['alter table merchants add column colour text not null', /wants a value/],
  ['alter table merchants add a int not null default 1, add b int not null', /wants a value/],
  ['alter table merchants add constraint c check (a > 1)', /not valid/],
  ['create index merchants_mobile on merchants (mobile)', /an index/],
  ['alter table merchants add constraint u unique (mobile)', /an index/],
  ['update merchants set colour = 1', /changes rows/],
  ['lock table merchants', /locks a table/],
])('%s: refused', (statement, why) => {
  expect(faultsOf(`${statement};`).join()).toMatch(why);
});

test.each([
  'alter table merchants add column colour text',
  "alter table merchants add column colour text not null default 'red', add column size int",
  'alter table merchants add constraint c check (a > 1) not valid',
  'create table things (id int primary key, a int not null); create index things_a on things (a); alter table things add check (a > 1)',
  'create function f() returns void language plpgsql as $$ begin update merchants set colour = 1; drop table x; end $$',
])('%s: goes', (statement) => {
  expect(faultsOf(`${statement};`)).toEqual([]);
});
