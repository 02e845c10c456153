/** Which name somebody may mean who wrote another one.
 *  @returns undefined: none is near (more than half of its letters differ) */
export function nearestTo(word: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, differs: distance(word, name) }))
    .sort((a, b) => a.differs - b.differs)
    .filter(({ name, differs }) => differs * 2 <= Math.max(name.length, word.length));
  return best?.name;
}

/** How many letters differ (Levenshtein). */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
