/** What a list shows, as the address has it. */
export type ListSearch = Readonly<Record<string, string>>;

export interface SavedView {
  readonly name: string;
  readonly search: ListSearch;
}

/** What stays when filters change: another page of the list is none of it. */
export function filtersOf(search: ListSearch): ListSearch {
  return Object.fromEntries(Object.entries(search).filter(([name, value]) => name !== 'cursor' && value !== ''));
}

/** @param change empty takes a filter away */
export function withFilter(search: ListSearch, change: ListSearch): ListSearch {
  return filtersOf({ ...search, ...change });
}

/** @param known the names that the list has: anything else in an address is not asked of the API */
export function queryOf(search: ListSearch, known: readonly string[]): ListSearch {
  const asked = [...known, 'cursor'];
  return Object.fromEntries(Object.entries(search).filter(([name, value]) => asked.includes(name) && value !== ''));
}

const MOST_VIEWS = 20;

/** @param text as kept in this browser; anything may stand there */
export function parseViews(text: string | null): readonly SavedView[] {
  if (text === null) return [];
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    return []; // not ours: forgotten at the next view that is kept
  }
  if (!Array.isArray(kept)) return [];
  return kept.filter(isView).slice(0, MOST_VIEWS);
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const { name, search } = value as Partial<SavedView>;
  if (typeof name !== 'string' || typeof search !== 'object') return false;
  return Object.values(search).every((each) => typeof each === 'string');
}
