import type pg from 'pg';
import type { KeyRef } from '../hsm/index.ts';
import type { Clock } from '../ops/clock.ts';

/** Session keys of a terminal (wire.md 8). They belong to the terminal, not to a connection or a gateway copy. */
export interface SessionKeys {
  readonly tpk: KeyRef;
  readonly tak: KeyRef;
}

export interface TerminalRecord {
  readonly terminal: string;
  readonly merchant: string;
  readonly profile: string;
  /** `key_scheme` of its reference data; undefined: it may use any. */
  readonly keyScheme?: string | undefined;
  /** Cut off by the guard: it may still give back and advise (handlers/guard). */
  readonly blocked: boolean;
  /** When its software is too old to sell, ms; undefined: it is not below any minimum version. */
  readonly outdated?: readonly { readonly from: number; readonly until: number }[] | undefined;
  /** The terminal's master key; undefined when none was injected yet. */
  readonly tmk: KeyRef | undefined;
  readonly keys: SessionKeys | undefined;
  /** The pair before, honoured until `previousUntil` (ms) for what is in flight. */
  readonly previous: SessionKeys | undefined;
  readonly previousUntil: number;
  /** Pairs before that, the youngest first. They are honoured no longer. */
  readonly superseded?: readonly SessionKeys[];
}

export interface TerminalDirectory {
  find(terminal: string): Promise<TerminalRecord | undefined>;
  /** The same, from the database: for a message whose keys are not those that we know. The notice of a change that another
   *  copy made may be on its way still. */
  reread(terminal: string): Promise<TerminalRecord | undefined>;
  /** Makes `keys` the terminal's pair, durably; the pair before is honoured until `previousUntil`. */
  replaceKeys(terminal: string, keys: SessionKeys, previousUntil: number): Promise<void>;
  close(): Promise<void>;
}

/** Triggers speak here of every change (0201_terminal_notice.sql). */
const CHANNEL = 'kalabarg_terminal';
/** Between two attempts to listen again. */
const RELISTEN_MS = 500;
/** A terminal is read again at most this often, however many wrong MACs it sends. */
const REREAD_MS = 50;
/** Pairs of keys that are remembered beside the present and the previous one. */
const SUPERSEDED = 3;
/** Terminals kept in memory; the oldest entry goes first. */
const CACHE_SIZE = 100_000;

interface Row {
  merchant: string;
  profile: string;
  key_scheme: string | null;
  blocked: boolean;
  outdated: { from: number; until: number }[] | null;
  tmk: KeyRef | null;
  keys: SessionKeys | null;
  previous: SessionKeys | null;
  previous_until: string;
  superseded: SessionKeys[] | null;
}

/** Terminals from the database, cached; any copy's change invalidates every copy's cache (LISTEN/NOTIFY).
 *  @param listen opens a connection of its own, which stays open for notifications */
export async function openTerminalDirectory(
  pool: pg.Pool,
  listen: () => Promise<pg.Client>,
  clock: Clock,
): Promise<TerminalDirectory> {
  const cache = new Map<string, { readonly found: Promise<TerminalRecord | undefined>; readonly at: number }>();
  const listener = await keepListening(listen, clock, {
    onNotice: (terminal) => cache.delete(terminal),
    // A lost connection may have missed notices: nothing cached can be trusted, and nothing is cached until it is back.
    onLost: () => {
      cache.clear();
    },
  });

  const find = (terminal: string): Promise<TerminalRecord | undefined> => {
    const known = cache.get(terminal);
    if (known !== undefined) return known.found;
    const found = load(pool, terminal);
    if (!listener.listening()) return found;
    if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value ?? '');
    cache.set(terminal, { found, at: clock.monotonic() });
    found.then(
      (record) => record ?? cache.delete(terminal),
      () => cache.delete(terminal),
    );
    return found;
  };

  return {
    find,
    reread(terminal) {
      const known = cache.get(terminal);
      if (known !== undefined && clock.monotonic() - known.at >= REREAD_MS) cache.delete(terminal);
      return find(terminal);
    },
    async replaceKeys(terminal, keys, previousUntil) {
      await pool.query({
        name: 'terminal-keys-replace',
        text: `insert into terminal_keys as t (terminal_id, keys) values ($1, $2)
               on conflict (terminal_id) do update
                 set previous = t.keys, previous_until = $3, keys = excluded.keys, changed_at = now(),
                     superseded = (select coalesce(jsonb_agg(pair order by age), '[]')
                                     from jsonb_array_elements(jsonb_build_array(t.previous) || t.superseded)
                                          with ordinality as pairs (pair, age)
                                    where pair <> 'null' and age <= $4)`,
        values: [terminal, keys, previousUntil, SUPERSEDED],
      });
      cache.delete(terminal);
    },
    close: () => listener.close(),
  };
}

interface Listener {
  listening(): boolean;
  close(): Promise<void>;
}

/** Listens for changed terminals, and again after a lost connection, for as long as it is not closed. */
async function keepListening(
  open: () => Promise<pg.Client>,
  clock: Clock,
  on: { onNotice: (terminal: string) => void; onLost: () => void },
): Promise<Listener> {
  let client: pg.Client | undefined;
  const closed = new AbortController();
  const listen = async (): Promise<void> => {
    const opened = await open();
    opened.on('notification', (notice) => {
      on.onNotice(notice.payload ?? '');
    });
    opened.on('error', () => {
      if (client !== opened) return;
      client = undefined;
      on.onLost();
      void again();
    });
    await opened.query(`listen ${CHANNEL}`);
    on.onLost(); // what was read before the first notice could come is not to be trusted either
    if (closed.signal.aborted) await opened.end();
    else client = opened;
  };
  const again = async (): Promise<void> => {
    while (client === undefined) {
      await clock.sleep(RELISTEN_MS, closed.signal);
      if (closed.signal.aborted) return;
      await listen().catch(() => undefined); // the database is away still: requests say so, loudly enough
    }
  };
  await listen();
  return {
    listening: () => client !== undefined,
    async close() {
      closed.abort();
      const last = client;
      client = undefined;
      await last?.end();
    },
  };
}

async function load(pool: pg.Pool, terminal: string): Promise<TerminalRecord | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'terminal-find',
    text: `select t.merchant_id as merchant, t.profile, t.key_scheme, t.blocked, k.tmk, k.keys, k.previous, k.previous_until, k.superseded,
                  (select json_agg(json_build_object('from', extract(epoch from o.refused_from) * 1000, 'until', extract(epoch from o.refused_until) * 1000))
                     from update_outdated o where o.terminal_id = t.terminal_id) as outdated
             from terminals t left join terminal_keys k using (terminal_id) where terminal_id = $1`,
    values: [terminal],
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    terminal,
    merchant: row.merchant,
    profile: row.profile,
    keyScheme: row.key_scheme ?? undefined,
    blocked: row.blocked,
    outdated: row.outdated ?? undefined,
    tmk: row.tmk ?? undefined,
    keys: row.keys ?? undefined,
    previous: row.previous ?? undefined,
    previousUntil: Number(row.previous_until),
    superseded: row.superseded ?? [],
  };
}
