import type { Door } from './door.ts';

/** Different questions that are kept; the one asked for longest ago is forgotten. */
const MOST = 500;

/** What is the same for everybody, asked of the database once in a while, however many ask.
 *  @param keepMs how old an answer may be
 *  @returns a reader that asks once in that time for the same key, however many ask at once */
export function kept<T>(
  clock: Door['clock'],
  keepMs: number,
  read: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const known = new Map<string, { readonly at: number; readonly value: Promise<T> }>();
  return (key) => {
    const now = clock.monotonic();
    const found = known.get(key);
    if (found !== undefined && now - found.at < keepMs) return found.value;
    known.delete(key);
    if (known.size >= MOST) known.delete(known.keys().next().value ?? '');
    const value = read(key);
    known.set(key, { at: now, value });
    value.catch(() => known.get(key)?.value === value && known.delete(key)); // asked again by the next
    return value;
  };
}
