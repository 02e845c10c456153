import type { PoolClient } from 'pg';
import { persianLine } from '../field/persian.ts';
import { tehran } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { By } from '../people/index.ts';
import { terminalOf } from './store.ts';
import type { Terminal } from './terminal.ts';

/** What people do to terminals (terminals.md 1). Each act is a function of the database with its owner's rights
 *  (migrations/0730_terminal_registry.sql), and a row of the audit in its transaction with actor and reason. */

export interface AboutTerminal {
  readonly profile?: string | undefined;
  readonly keyScheme?: string | null | undefined;
  readonly serial?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly psp?: string | null | undefined;
  readonly place?: string | null | undefined;
}

/** @param terminal DE 41; undefined: the next free number
 *  @throws GatewayError `terminals.shop`, `terminals.exists`, `terminals.serial`, `terminals.about` */
export async function registerTerminal(
  db: PoolClient,
  { terminal, merchant, about }: { terminal?: string | undefined; merchant: string; about: AboutTerminal },
  by: By,
): Promise<Terminal> {
  const number = await asking(db, by, terminal ?? 'new', async () => {
    const { rows } = await db.query<{ terminal: string }>('select register_terminal($1, $2, $3) as terminal', [
      terminal ?? null,
      merchant,
      JSON.stringify(cleaned(about)),
    ]);
    return rows[0]?.terminal ?? '';
  });
  return terminalOf(db, number);
}

/** Serial, model, PSP, place, profile, key scheme.
 *  @param seen the version that the person saw
 *  @throws GatewayError `terminals.unknown`, `terminals.stale`, `terminals.ended`, `terminals.serial`, `terminals.about` */
export async function changeTerminal(
  db: PoolClient,
  { terminal, about, seen }: { terminal: string; about: AboutTerminal; seen?: number | undefined },
  by: By,
): Promise<Terminal> {
  await asking(db, by, terminal, () =>
    db.query('select change_terminal($1, $2, $3)', [terminal, JSON.stringify(cleaned(about)), seen ?? null]),
  );
  return terminalOf(db, terminal);
}

/** Gives a terminal to another shop, from the beginning of a day in Tehran on. What it did before stays with the shop that it did it
 *  for: totals and settlement follow the shop of the transaction. A move that waits is replaced.
 *  @param onDay ISO; undefined: today, which is at once
 *  @throws GatewayError `terminals.unknown`, `terminals.stale`, `terminals.ended`, `terminals.shop`, `terminals.move` */
export async function moveTerminal(
  db: PoolClient,
  what: { terminal: string; merchant: string; onDay?: string | undefined; seen?: number | undefined },
  by: By & { readonly reason: string },
  now: number,
): Promise<Terminal> {
  const { terminal, merchant, onDay, seen } = what;
  const today = tehran(now).isoDate;
  await asking(db, by, terminal, () =>
    db.query('select move_terminal($1, $2, $3, $4, $5)', [terminal, merchant, onDay ?? today, today, seen ?? null]),
  );
  return terminalOf(db, terminal);
}

/** It sells nothing more; it may give back and advise (wire.md 9.3). One that is blocked stays as it is.
 *  @throws GatewayError `terminals.unknown`, `terminals.ended` */
export async function blockTerminal(
  db: PoolClient,
  terminal: string,
  by: By & { readonly reason: string },
): Promise<Terminal> {
  await asking(db, by, terminal, () => db.query('select block_terminal($1)', [terminal]));
  return terminalOf(db, terminal);
}

/** For good: `retired` out of service, `lost` stolen or nobody knows where. No certificate of it is let in any more.
 *  @throws GatewayError `terminals.unknown`, `terminals.ended` */
export async function endTerminal(
  db: PoolClient,
  terminal: string,
  how: 'retired' | 'lost',
  by: By & { readonly reason: string },
): Promise<Terminal> {
  await asking(db, by, terminal, () => db.query('select end_terminal($1, $2)', [terminal, how]));
  return terminalOf(db, terminal);
}

/** Says who acts and why, for the audit that the database writes, and puts its refusals into sentences. */
/** Tells the database whom the audit names for what this transaction does to terminals. */
export async function nameActor(db: PoolClient, { actor, reason, requestId }: By): Promise<void> {
  await db.query(`select set_config('kalabarg.by', $1, true)`, [
    JSON.stringify({ id: actor.id, name: actor.name, reason, requestId }),
  ]);
}

async function asking<T>(db: PoolClient, by: By, terminal: string, act: () => Promise<T>): Promise<T> {
  await nameActor(db, by);
  try {
    return await act();
  } catch (error) {
    const constraint = error instanceof Error && 'constraint' in error ? String(error.constraint) : '';
    throw REFUSALS[constraint]?.(terminal, { cause: error }) ?? error;
  }
}

const REFUSALS: Readonly<Record<string, (terminal: string, how: ErrorOptions) => GatewayError>> = {
  terminal_unknown: (id, how) => new GatewayError('terminals.unknown', `There is no terminal ${id}.`, how),
  terminal_stale: (id, how) =>
    new GatewayError('terminals.stale', `Terminal ${id} was changed meanwhile: read it again.`, how),
  terminal_ended: (id, how) =>
    new GatewayError(
      'terminals.ended',
      `Terminal ${id} is retired or lost: register its device under a new number.`,
      how,
    ),
  terminals_stay_ended: (id, how) =>
    new GatewayError('terminals.ended', `Terminal ${id} is retired or lost: it does not come back.`, how),
  terminal_same_shop: (id, how) =>
    new GatewayError('terminals.move', `Terminal ${id} belongs to that shop already.`, how),
  terminal_move_past: (_, how) =>
    new GatewayError(
      'terminals.move',
      'A terminal moves today or on a later day: what is done stays where it was done.',
      how,
    ),
  terminal_shop_unknown: (_, how) => new GatewayError('terminals.shop', 'There is no such shop.', how),
  terminal_shop_stopped: (_, how) =>
    new GatewayError('terminals.shop', 'That shop may have no further terminal now: see its capabilities.', how),
  terminals_pkey: (id, how) => new GatewayError('terminals.exists', `There is a terminal ${id} already.`, how),
  terminals_serial: (_, how) =>
    new GatewayError(
      'terminals.serial',
      'A device with that serial serves another terminal: retire that one first, or check the serial.',
      how,
    ),
  terminals_terminal_id_check: (_, how) => new GatewayError('terminals.about', 'DE 41 has 8 letters or digits.', how),
  terminals_key_scheme: (_, how) => new GatewayError('terminals.about', 'A key scheme is 01 to 04, as in DE 53.', how),
  terminals_serial_check: (_, how) =>
    new GatewayError('terminals.about', 'A serial has 1 to 40 letters and digits.', how),
  terminals_model_check: (_, how) => new GatewayError('terminals.about', 'A model has 1 to 60 characters.', how),
  terminals_psp_check: (_, how) => new GatewayError('terminals.about', 'A PSP has 1 to 60 characters.', how),
  terminals_place_check: (_, how) => new GatewayError('terminals.about', 'A place has 1 to 200 characters.', how),
};

/** As it is kept: serials by their letters and digits alone, texts as one line that can be read. */
function cleaned(about: AboutTerminal): AboutTerminal {
  const kept: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(about) as [string, string | null | undefined][]) {
    if (value === undefined) continue;
    if (value === null || name === 'profile' || name === 'keyScheme') kept[name] = value;
    else if (name === 'serial') kept[name] = value.toUpperCase().replace(/[^0-9A-Z]/g, '');
    else {
      const line = persianLine(value);
      if (line === undefined)
        throw new GatewayError('terminals.about', `The ${name} must be one line of text that can be read.`);
      kept[name] = line;
    }
  }
  return kept;
}
