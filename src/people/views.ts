import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { isoInstant } from '../ops/sql.ts';
import { audit, type By } from './audit.ts';

/** Filters of a list under a name: each person has their own. */

export interface ViewName {
  /** The list, as the API names it: `bank-answers/leftovers`. */
  readonly page: string;
  readonly name: string;
}

export interface SavedView extends ViewName {
  /** What the address of the page has. */
  readonly filters: Readonly<Record<string, string>>;
  readonly version: number;
  readonly savedAt: string;
}

/** More than a menu holds, of one list and of all. */
const OF_A_PAGE = 20;
const OF_A_PERSON = 200;
const COLUMNS = `page, name, filters, version, ${isoInstant('saved_at')} as "savedAt"`;

/** @param page undefined: of every list */
export async function listViews(db: Pool | PoolClient, personId: string, page?: string): Promise<SavedView[]> {
  const sql = `select ${COLUMNS} from saved_views where person_id = $1 and ($2::text is null or page = $2) order by page, name`;
  return (await db.query<SavedView>(sql, [personId, page ?? null])).rows;
}

/** @throws GatewayError `views.unknown` */
export async function findView(db: Pool | PoolClient, personId: string, { page, name }: ViewName): Promise<SavedView> {
  const sql = `select ${COLUMNS} from saved_views where person_id = $1 and page = $2 and name = $3`;
  const [view] = (await db.query<SavedView>(sql, [personId, page, name])).rows;
  if (view === undefined) throw new GatewayError('views.unknown', `You have no view "${name}" of ${page}.`);
  return view;
}

export interface ViewChange {
  readonly personId: string;
  readonly by: By;
  readonly now: number;
  /** The version that it rests on; asked for where there is such a view.
   *  @throws GatewayError `api.no-version`, `api.stale` */
  readonly seen: () => number;
}

/** @returns the view, and whether there was none before
 *  @throws GatewayError `views.many`, `api.stale`, and those of `seen` */
export async function saveView(
  db: PoolClient,
  view: ViewName & Pick<SavedView, 'filters'>,
  { personId, by, now, seen }: ViewChange,
): Promise<{ view: SavedView; made: boolean }> {
  const all = await lockedViews(db, personId);
  const before = all.find((each) => each.page === view.page && each.name === view.name);
  if (before === undefined) demandRoom(all, view.page);
  else demandVersion(before, seen());
  const { rows } = await db.query<SavedView>(
    `insert into saved_views (person_id, page, name, filters, saved_at) values ($1, $2, $3, $4, $5)
     on conflict (person_id, page, name) do update
       set filters = excluded.filters, saved_at = excluded.saved_at, version = saved_views.version + 1
     returning ${COLUMNS}`,
    [personId, view.page, view.name, JSON.stringify(view.filters), new Date(now)],
  );
  const [saved] = rows;
  if (saved === undefined) throw new Error('an insert returns its row');
  const what = { act: 'view.saved', object: objectOf(view), after: view.filters };
  await audit(db, by, before === undefined ? what : { ...what, before: before.filters });
  return { view: saved, made: before === undefined };
}

/** @throws GatewayError `views.unknown`, `api.stale`, and those of `seen` */
export async function removeView(
  db: PoolClient,
  { page, name }: ViewName,
  { personId, by, seen }: ViewChange,
): Promise<void> {
  await lockedViews(db, personId);
  const view = await findView(db, personId, { page, name });
  demandVersion(view, seen());
  await db.query('delete from saved_views where person_id = $1 and page = $2 and name = $3', [personId, page, name]);
  await audit(db, by, { act: 'view.removed', object: objectOf(view), before: view.filters });
}

/** One change of a person's views after the other: what is counted stays true. */
async function lockedViews(db: PoolClient, personId: string): Promise<SavedView[]> {
  await db.query('select 1 from persons where person_id = $1 for no key update', [personId]);
  return listViews(db, personId);
}

function demandRoom(all: readonly SavedView[], page: string): void {
  const ofPage = all.filter((each) => each.page === page).length;
  if (ofPage < OF_A_PAGE && all.length < OF_A_PERSON) return;
  const full = ofPage >= OF_A_PAGE ? `${OF_A_PAGE} views of ${page}` : `${OF_A_PERSON} views`;
  throw new GatewayError('views.many', `You have ${full}, and there is room for no more: remove one.`);
}

function demandVersion({ version, name }: SavedView, seen: number): void {
  if (version !== seen)
    throw new GatewayError('api.stale', `The view "${name}" was changed meanwhile: look at it again.`);
}

function objectOf({ page, name }: ViewName): string {
  return `view:${page}:${name}`;
}
