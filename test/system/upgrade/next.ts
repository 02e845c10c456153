import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const OWN = ['bin', 'dist', 'package.json'];

/** What a next release might bring that an older copy does not know: a column, a table that each sale writes to by a trigger, a request with a field
 *  more, and a function that wants another argument. */
const MIGRATION = `
  alter table transactions add column sent_by text;
  create table next_sales (transaction_id bigint not null, at timestamptz not null default now());
  create function note_sale() returns trigger language plpgsql as $$
  begin insert into next_sales (transaction_id) values (new.transaction_id); return null; end $$;
  create trigger note_sale after insert on transactions for each row execute function note_sale();`;

/** And an index of a table that each sale writes. */
const INDEX = `-- concurrently
create index next_lookup on transactions (terminal_id, sent_by) where sent_by is not null;
`;

/** Makes the program that comes after this build out of it: there is no such release yet, and a clone may have no history to build the last one from.
 *  @returns its `bin/kalabarg.js` */
export function makeNext(folder: string): string {
  for (const name of readdirSync(root)) {
    if (!OWN.includes(name)) symlinkSync(join(root, name), join(folder, name));
  }
  // Node.js takes a program for where its file really is: links of the file system, not of names.
  for (const name of OWN) execFileSync('cp', ['-al', join(root, name), folder]);
  change(folder, 'package.json', [/"version": "[^"]+"/, '"version": "99.0.0"']);
  const ledger = (name: string): string => join('dist/ledger', name);
  change(folder, ledger('functions/types.sql'), [
    'leg_at text, args jsonb\n);',
    'leg_at text, args jsonb, sent_by text\n);',
  ]);
  change(
    folder,
    ledger('functions/decide_batch.sql'),
    ['decide_batch(entries ledger_request[])', 'decide_batch(entries ledger_request[], sent_from text)'],
    ['leg_at, args', 'leg_at, args, sent_by'],
  );
  change(folder, ledger('entries.js'), ['args: argsText,', `args: argsText, sent_by: () => 'next',`]);
  change(folder, ledger('batches.js'), ['ledger_request[])', `ledger_request[], 'here')`]);
  writeFileSync(join(folder, ledger('migrations/9990_next.sql')), MIGRATION);
  writeFileSync(join(folder, ledger('migrations/9991_lookup.sql')), INDEX);
  return join(folder, 'bin/kalabarg.js');
}

/** A file of its own instead of the one that it shares with this build. */
function change(folder: string, name: string, ...changes: readonly [from: string | RegExp, to: string][]): void {
  let text = readFileSync(join(folder, name), 'utf8');
  for (const [from, to] of changes) {
    const before = text;
    text = typeof from === 'string' ? text.replaceAll(from, to) : text.replace(from, to);
    if (text === before) throw new Error(`${name} has no ${String(from)}: say here what a next release would change`);
  }
  rmSync(join(folder, name));
  writeFileSync(join(folder, name), text);
}
