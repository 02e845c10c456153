/** What a list shows, as the address has it. */
export type ListSearch = Readonly<Record<string, string>>;

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
