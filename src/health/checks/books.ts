import { tehran } from '../../ops/clock.ts';
import { sqlIn } from '../../ops/sql.ts';
import { critical, ok, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

const sql = sqlIn(new URL('../sql/', import.meta.url));

interface OpenDay {
  readonly day: string;
  readonly state: string | null;
  readonly files: number;
  readonly orders: number;
}

/** Business days whose shops still wait for their money, and on whom. */
export async function days({ books, clock }: Patient): Promise<Said[]> {
  const { rows } = await books.query<OpenDay>(sql('days'), [tehran(clock.now()).isoDate]);
  const yesterday = tehran(clock.now() - 86_400_000).isoDate;
  if (rows.length === 0) return [ok('every business day before today is settled')];
  return rows.map((open) => saidOf(open, open.day < yesterday));
}

function saidOf({ day, state, files, orders }: OpenDay, old: boolean): Said {
  if (state === null) {
    const says = `${day} is not closed`;
    const todo = `kalabarg settle --date ${day}; kalabarg settlement status ${day} says what it waits for`;
    return old ? critical(says, todo) : warning(says, todo);
  }
  if (state === 'delivered') {
    const says = `${day}: the bank has not answered for ${orders} orders`;
    return old ? warning(says, 'put its answers into the inbox, or ask the bank') : ok(says);
  }
  const says = `${day} stands at “${state}”${files > 0 ? `: ${files} files are not delivered` : ''}`;
  const todo =
    state === 'written' ? `release it: kalabarg settlement release --date ${day}` : `kalabarg settlement status ${day}`;
  return old ? critical(says, todo) : warning(says, todo);
}

/** Purchases of yesterday and today against what was posted for them. */
export async function postings({ books, clock }: Patient): Promise<Said[]> {
  const day = tehran(clock.now()).isoDate;
  const { rows } = await books.query<{ purchases: number; wrong: number }>(sql('postings'), [day]);
  const { purchases = 0, wrong = 0 } = rows[0] ?? {};
  if (wrong === 0) return [ok(`${purchases} purchases of yesterday and today are posted as they were approved`)];
  return [critical(`${wrong} of ${purchases} purchases are posted otherwise than they were approved`, 'kalabarg ledger verify names them; stop the close of the day until it is explained')]; // prettier-ignore
}
