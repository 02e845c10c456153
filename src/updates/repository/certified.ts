import { sqlIn } from '../../ops/sql.ts';
import type { Release } from './releases.ts';
import type { Db } from './store.ts';

/** Whether firmware was certified on the devices that it is for (terminals.md 5). Menus, goods and parameters need no certification. */

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** A device, with the software that it shall run, in its profile. */
export interface Subject {
  /** null: a terminal whose model nobody knows. */
  readonly model: string | null;
  /** null: the release was staged before releases said it. */
  readonly software: string | null;
  readonly profile: string;
  /** The newest that holds; null: there is none. */
  readonly verdict: 'passed' | 'failed' | null;
}

/** Terminals that a release reaches: own ones are where one certifies, and need no verdict. */
export interface Reach {
  readonly own: readonly string[];
  readonly provinces?: readonly string[] | undefined;
  readonly psps?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
}

/** @returns by release; nothing for what is not firmware */
export async function subjectsOf(
  db: Db,
  releases: readonly string[],
  { own, provinces, psps, models }: Reach = { own: [] },
): Promise<Map<string, Subject[]>> {
  const { rows } = await db.query<Subject & { release: string }>(sql('subjects'), [
    ...[releases, own, provinces ?? null, psps ?? null, models ?? null],
  ]);
  const found = new Map<string, Subject[]>();
  for (const { release, ...subject } of rows) found.set(release, [...(found.get(release) ?? []), subject]);
  return found;
}

const SAID_AT_ONCE = 5;

/** What lacks a verdict, and what to do about it; empty: nothing. */
export function uncertified(subjects: readonly Subject[]): string[] {
  const lacking = [...new Set(subjects.filter(({ verdict }) => verdict !== 'passed').map(lackOf))];
  const said = lacking.slice(0, SAID_AT_ONCE);
  return lacking.length > said.length ? [...said, `${lacking.length - said.length} more are not certified`] : said;
}

function lackOf({ model, software, profile, verdict }: Subject): string {
  if (software === null)
    return 'the release says no software, so that nothing certifies it: stage it again with --software';
  if (model === null)
    return `terminals in ${profile} have no model, so that nothing certifies ${software} on them: register their model, or leave them out`;
  const what = `software ${software} on ${model} in ${profile}`;
  const todo = `kalabarg certify --profile ${profile} --model "${model}" --software ${software} …, then kalabarg certify register (docs/vendors.md)`;
  return verdict === 'failed'
    ? `${what} failed its certification: mend it, then ${todo}`
    : `${what} is not certified: ${todo}`;
}

export interface CertifiedRelease extends Release {
  /** null: it needs none. */
  readonly certified: boolean | null;
  /** What lacks a verdict. */
  readonly uncertified: readonly string[];
}

/** For people who look at releases before they approve them. */
export async function withCertification(db: Db, releases: readonly Release[]): Promise<CertifiedRelease[]> {
  const firmware = releases.filter(({ component }) => component === 'firmware').map(({ id }) => id);
  const subjects = firmware.length === 0 ? undefined : await subjectsOf(db, firmware);
  return releases.map((release) => certified(release, subjects?.get(release.id) ?? []));
}

export async function certifiedOf(db: Db, release: Release): Promise<CertifiedRelease> {
  const firmware = release.component === 'firmware';
  return certified(release, firmware ? ((await subjectsOf(db, [release.id])).get(release.id) ?? []) : []);
}

function certified(release: Release, subjects: readonly Subject[]): CertifiedRelease {
  if (release.component !== 'firmware') return { ...release, certified: null, uncertified: [] };
  const lacking = subjects.length === 0 ? ['no device is known that it is for'] : uncertified(subjects);
  return { ...release, certified: lacking.length === 0, uncertified: lacking };
}
