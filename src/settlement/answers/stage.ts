import type { PoolClient } from 'pg';
import type { AnswerReader, BankAnswer, FileAnswer } from './model.ts';

const BATCH = 5_000;

const LINES = `
  create temp table answer_lines
    (line int, instruction_id text, other_id text, status text, reason text, rials bigint, of_file boolean default false)
    on commit drop`;

/** Holds the orders that the staged answers speak of, one by one or by their file, until the transaction ends. $1 MsgId. */
const LOCK = `
  select from payment_orders
   where instruction_id in (select instruction_id from answer_lines) or message_id = $1::text
   order by instruction_id
     for update`;

/** `answer_lines`: what a file says of orders, one row for each. */
export async function createAnswerLines(db: PoolClient): Promise<void> {
  await db.query(LINES);
}

/** What the bank blocks is neither paid nor given back until somebody asks: a leftover for a person.
 *  @returns how many there are */
export async function keepBlocked(db: PoolClient, sha256: string): Promise<number> {
  const { rowCount } = await db.query(
    `insert into bank_leftovers (sha256, line, statement, direction, rials, booked_on, shown, reason)
     select $1, a.line, '', 'NONE', o.amount_rials, '', 'order ' || o.instruction_id,
            'the bank blocks this order (BLCK): it neither pays it nor gives it back'
       from answer_lines a join payment_orders o using (instruction_id)
      where a.reason = 'BLCK' and a.status = 'accepted' and o.state in ('sent', 'accepted')`,
    [sha256],
  );
  return rowCount ?? 0;
}

/** Puts the answers into `answer_lines`, a table of this transaction: one row for each order that they speak of. They are held
 *  until it ends.
 *  @returns `messageId`: of the payment file that they are about, where they say so */
export async function stageAnswers(
  db: PoolClient,
  reader: AnswerReader,
): Promise<{ lines: number; messageId: string | undefined }> {
  let file: FileAnswer | undefined;
  let batch: BankAnswer[] = [];
  let lines = 0;
  for await (const answer of reader.answers()) {
    lines++;
    if (answer.of === 'file') file = answer;
    else if (batch.push(answer) >= BATCH) {
      await insert(db, batch);
      batch = [];
    }
  }
  await insert(db, batch);
  // The reference that names one of ours, whichever place the bank put it in.
  await db.query(`
    update answer_lines a set instruction_id = other_id
     where other_id is not null and not exists (select 1 from payment_orders o where o.instruction_id = a.instruction_id)
       and exists (select 1 from payment_orders o where o.instruction_id = a.other_id)`);
  await db.query('create index on answer_lines (instruction_id); analyze answer_lines');
  // Two files may speak of one order: the second is judged by what the first made of it. Always held in one order, so that they
  // never wait for each other.
  await db.query(LOCK, [file?.messageId ?? null]);
  if (file !== undefined) await stageFile(db, file, reader);
  return { lines, messageId: file?.messageId };
}

async function insert(db: PoolClient, batch: readonly BankAnswer[]): Promise<void> {
  await db.query(
    `insert into answer_lines (line, instruction_id, other_id, status, reason, rials)
     select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])`,
    [
      batch.map((each) => each.line),
      batch.map((each) => each.instructionId),
      batch.map((each) => each.otherId),
      batch.map((each) => each.status),
      batch.map((each) => each.reason),
      batch.map((each) => each.rials?.toString()),
    ],
  );
}

/** A word on a whole file goes to those of its orders that have no word of their own, and are not at their end already. One
 *  that is paid cannot be rejected with its file: it is staged, to be a fault. */
async function stageFile(db: PoolClient, file: FileAnswer, { faults }: AnswerReader): Promise<void> {
  const { line, messageId, status, reason } = file;
  const { rows } = await db.query<{ orders: number; rials: string }>(
    'select orders, trim_scale(sum_rials::numeric / unit_rials)::text as rials from payment_files where message_id = $1',
    [messageId],
  );
  const ours = rows[0];
  if (ours === undefined) faults.add(line, 1, `no payment file has the MsgId ${messageId.slice(0, 40)}`);
  if (ours === undefined || status === undefined) return;
  const { count = String(ours.orders), sumRials = ours.rials } = file;
  if (!sameNumber(count, String(ours.orders)) || !sameNumber(sumRials, ours.rials)) {
    faults.add(
      line,
      1,
      `file ${messageId} is said to be ${sumRials.slice(0, 20)} rials in ${count.slice(0, 20)} orders: it is ${ours.rials} in ${ours.orders}`,
    );
  }
  await db.query('update answer_lines set status = $1, reason = $2, of_file = true where status is null', [
    status,
    reason,
  ]);
  await db.query(
    `insert into answer_lines (line, instruction_id, status, reason, of_file)
     select $1, instruction_id, $3, $4, true from payment_orders o
      where message_id = $2 and (state in ('made', 'sent', 'accepted') or state = 'paid' and $3 = 'returned')
        and not exists (select 1 from answer_lines a where a.instruction_id = o.instruction_id)`,
    [line, messageId, status, reason],
  );
}

/** `9`, `0009`, `9.00` */
function sameNumber(told: string, ours: string): boolean {
  const [, whole = '', part = ''] = /^0*(\d+)(?:\.(\d*?)0*)?$/.exec(told) ?? [];
  return (part === '' ? whole : `${whole}.${part}`) === ours;
}
