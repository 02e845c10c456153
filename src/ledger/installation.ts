import type pg from 'pg';

type Db = pg.Pool | pg.PoolClient;

/** What is true of a database as a whole (migrations/0541_installation.sql). */
type Fact = 'demo' | 'pan.key' | 'lmk' | 'practice';

export async function factOf(db: Db, name: Fact): Promise<string | undefined> {
  const { rows } = await db.query<{ value: string }>('select value from installation where name = $1', [name]);
  return rows[0]?.value;
}

/** The first value that is noted stays.
 *  @returns the value that stands now */
export async function noteFact(db: Db, name: Fact, value: string): Promise<string> {
  await db.query('insert into installation (name, value) values ($1, $2) on conflict do nothing', [name, value]);
  return (await factOf(db, name)) ?? value;
}

/** Whether this is the demo programme of `npm start`, whose payer and keys everybody knows. */
export async function isDemo(db: Db): Promise<boolean> {
  return (await factOf(db, 'demo')) !== undefined;
}
