import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- mutants: written by `npm run simulate -- --mutants --table FILE` -->';
const END = '<!-- mutants end -->';
const HEAD = ['| mutant | harm | seeds | seconds | what was seen |', '| --- | --- | --- | --- | --- |'];

/** What became of one mutant. */
export interface Row {
  readonly name: string;
  readonly harm: string;
  /** How many seeds it took, the finding one included; undefined: none of them finds it. */
  readonly seeds: number | undefined;
  readonly seconds: number;
  readonly seen: string;
}

export function rowText({ name, harm, seeds, seconds, seen }: Row): string {
  const first = (seen.split('\n')[0] ?? '').replaceAll('|', '/').replaceAll(/\/tmp\/[\w-]+\//g, '…/');
  const what = first.length > 160 ? `${first.slice(0, 160)}…` : first;
  return `| ${name} | ${harm} | ${seeds ?? '-'} | ${seconds.toFixed(0)} | ${seeds === undefined ? `**${what}**` : what} |`;
}

/** Puts a row in its place in the table of a page, between the two marks: so a table may be made in parts, and is never half there.
 *  @param order the names of all mutants: rows of others are dropped
 *  @throws Error when the page has no place for it */
export function keepRow(file: string, row: Row, order: readonly string[]): void {
  const page = readFileSync(file, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [table, after] = (rest ?? '').split(END);
  if (before === undefined || table === undefined || after === undefined)
    throw new Error(`${file} has no place for the table: ${BEGIN} … ${END}`);
  const rows = new Map(table.split('\n').map((line) => [/^\| ([\w-]+) \|/.exec(line)?.[1] ?? '', line]));
  rows.set(row.name, rowText(row));
  const lines = order.flatMap((name) => rows.get(name) ?? []);
  writeFileSync(file, [before + BEGIN, '', ...HEAD, ...lines, '', END + after].join('\n'));
}
